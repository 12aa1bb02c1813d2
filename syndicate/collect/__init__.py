"""One reader per source kind, the plan of what is new, and the refresh that saves it."""
