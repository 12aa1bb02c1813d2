"""What a page would give as a source, how sure that is, and the selectors that would hold."""
