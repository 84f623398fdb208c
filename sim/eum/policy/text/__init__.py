"""Policies in Korean and English sentences: written, and read back."""
