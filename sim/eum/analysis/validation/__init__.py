"""Is it right? Switched-off mechanisms, patterns nobody aimed at, programmes elsewhere, errors of the engines."""
