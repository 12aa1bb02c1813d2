"""Bytes to values and back: RSS, Atom, JSON Feed, HTML and dates. Pure."""
