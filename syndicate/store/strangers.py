"""Tables in a database that are not ours."""

import re

from sqlalchemy import Connection, inspect

from syndicate.store.migrations import VERSION_TABLE
from syndicate.store.schema import deliveries, metadata

# Partitions of ours, and the tables of the dispatcher.
OURS = re.compile(rf"{deliveries.name}_(\d+|before)|procrastinate_\w+")


def find_strangers(conn: Connection) -> list[str]:
    """Their names, in order."""
    known = {*metadata.tables, VERSION_TABLE}
    return sorted(
        name for name in inspect(conn).get_table_names() if name not in known and not OURS.fullmatch(name)
    )
