"""The expected-value engine: a day in expectation, over cells of people instead of persons."""
