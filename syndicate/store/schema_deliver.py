"""The part of the schema that delivery fills besides deliveries themselves: attempts, renderings, bounces.

See store/schema.
"""

from sqlalchemy import Column, Integer, Table

from syndicate.store.schema_collect import metadata, needed
from syndicate.store.types import String, Text, UtcDateTime

# What came of each attempt, but for those that were accepted at the first: these stand in deliveries alone.
attempts = Table(
    "attempts",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    Column("subscriber_id", Integer, primary_key=True, autoincrement=False, index=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    needed("at", UtcDateTime),
    needed("state", String(10)),
    needed("code", Integer, default=0),
    needed("reply", Text, default=""),
    needed("relay", Text, default=""),
)

# An issue as some of its readers get it, by their segment; the issue's own rendering stands in issues.
issue_renderings = Table(
    "issue_renderings",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    Column("segment", String(64), primary_key=True),
    needed("subject", Text),
    needed("html", Text),
    needed("text", Text),
    needed("slot_key", String(32)),
)
