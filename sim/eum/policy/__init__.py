"""What do governments promise? Dated policy files, rates on a date, cashback arithmetic, budgets."""
