"""What was done? The register of policies, how faithfully it is encoded, and its replay."""
