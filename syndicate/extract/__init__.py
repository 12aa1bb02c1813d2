"""A page in, its headline, body, metadata, briefs and archive notice out. Pure: no network, no clock."""
