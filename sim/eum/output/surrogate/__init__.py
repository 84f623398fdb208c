"""Answers of the dashboard between the designs that were run, how far they are off, and exact ones."""
