"""How are many runs done? Tasks and who works on them, what is kept of them, and when there are enough."""
