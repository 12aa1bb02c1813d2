"""Where operators say that fields stand."""
