"""What the program tells about itself while it runs: counts, spans, and the ids that log lines carry."""
