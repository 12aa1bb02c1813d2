"""The steps that lead to the schema. REVISIONS names them in order; the last one is today's."""

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
HEAD = REVISIONS[-1]
VERSION_TABLE = "schema_version"
