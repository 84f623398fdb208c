"""What do we ask of the model? Experiments, validation, sensitivity, decisions, the history of the policy."""
