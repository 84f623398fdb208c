"""Who is there? The data package, and the residents, visitors and shops built from it."""
