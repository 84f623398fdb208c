"""A small town simulated by the reference, shown as it runs."""
