"""What do observations say of the parameters?"""
