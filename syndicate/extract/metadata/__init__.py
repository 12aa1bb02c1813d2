"""What a page says about its article: stated for machines, marked in its text, or shown to readers."""
