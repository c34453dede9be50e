"""The caller of a request: its account, its region, and the name by which it calls the server."""
