"""The compiled engine: one pass over columns for all residents of a day, in both scenarios."""
