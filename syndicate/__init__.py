"""Syndicate collects articles and briefs, publishes feeds and digests, and delivers them on a schedule."""

__version__ = "0.1.0"
