"""Briefs: groups of one or two sentences each, by the links that repeat or the heading over them."""
