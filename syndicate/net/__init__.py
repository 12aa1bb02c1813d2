"""Every outgoing HTTP request: one client, its address guard and its limits."""
