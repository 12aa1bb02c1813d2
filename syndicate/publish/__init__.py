"""Select items, publish feeds, compile issues, render digests and the views of pages."""
