"""What a run amounted to: reads the tables of a run, never runs anything."""
