"""How a day happens."""
