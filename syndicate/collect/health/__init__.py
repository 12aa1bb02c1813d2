"""How sources fare: what their runs found, and when one needs a person."""
