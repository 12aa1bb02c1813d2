"""Compose messages, send them, and record what became of each."""
