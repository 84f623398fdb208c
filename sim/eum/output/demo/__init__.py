"""A small town lived by the reference, shown as it runs."""
