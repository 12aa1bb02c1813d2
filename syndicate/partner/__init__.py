"""Sites that ingest our feeds under a contract."""
