"""The policymaker's page: shows stored answers for any design; holds no rule of the model."""
