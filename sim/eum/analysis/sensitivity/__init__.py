"""What the multiplier depends on: global indices, where it is high, and what its uncertainty is made of."""
