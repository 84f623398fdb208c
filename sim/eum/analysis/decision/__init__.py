"""Which policy is better, for whom, and in which plausible worlds? Asks the engines; holds no rule of the model."""
