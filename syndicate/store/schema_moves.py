"""The part of the schema that a move to another database fills, on both sides. See store/schema."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Table

from syndicate.store.schema_collect import metadata, needed
from syndicate.store.types import String, Text, UtcDateTime

# Where this database's rows came `from`, and where they went `to`: `other` names that database, without its
# password. One that is being filled, or that was moved away, is no database to work on.
moves = Table(
    "moves",
    metadata,
    Column("direction", String(4), primary_key=True),
    needed("other", Text),
    needed("begun", UtcDateTime),
    Column("finished", UtcDateTime),
)

# How far each table has come here: its rows so far, and the key of the last of them.
moved_tables = Table(
    "moved_tables",
    metadata,
    Column("name", String(63), primary_key=True),
    needed("done", BigInteger),
    Column("last", JSON(none_as_null=True)),
    needed("whole", Boolean),
)
