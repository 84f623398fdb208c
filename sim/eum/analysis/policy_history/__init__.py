"""What was done? The register of policies, how faithfully it is told, and its replay."""
