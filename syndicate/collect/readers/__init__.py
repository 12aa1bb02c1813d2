"""One reader for each kind of source: what is there, as raw captures."""
