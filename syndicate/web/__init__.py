"""The public pages and feeds over HTTP."""
