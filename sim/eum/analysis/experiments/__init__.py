"""What do we ask? Runs of several worlds, families of evidence, intervals, and the study that a report shows."""
