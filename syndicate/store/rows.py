"""All rows of a database as JSON lines, one file for each table, readable by either kind of database."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, insert, select, text

from syndicate.store.partitions import prepare_partitions
from syndicate.store.schema import deliveries, metadata
from syndicate.store.types import UtcDateTime

BATCH = 500


def dump_rows(conn: Connection, folder: Path) -> dict[str, int]:
    """Write TABLE.jsonl for every table into the folder; table → rows, parents before children."""
    return {
        table.name: _dump(conn, table, folder / f"{table.name}.jsonl") for table in metadata.sorted_tables
    }


def load_rows(conn: Connection, folder: Path, *, tables: Iterable[str]) -> None:
    """Insert the rows of TABLE.jsonl into tables of the schema's revision they were written under."""
    found = MetaData()
    for name in tables:
        table = Table(name, found, autoload_with=conn, resolve_fks=False)
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            insert_rows(conn, table, map(_reader(table), lines))


def copy_rows(origin: Connection, conn: Connection) -> None:
    """Insert every row of one database into another; both have today's schema, and ours is empty."""
    for table in metadata.sorted_tables:
        rows = origin.execution_options(yield_per=BATCH).execute(select(table))
        insert_rows(conn, table, (dict(row._mapping) for row in rows))


def insert_rows(conn: Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Insert them in batches."""
    while batch := list(islice(rows, BATCH)):
        if table.name == deliveries.name:
            prepare_partitions(conn, {row["issue_id"] for row in batch})
        conn.execute(insert(table), batch)


def last_ids(conn: Connection) -> dict[str, int]:
    """Table → the last id that it gave out, also of rows that are gone: an id is never given twice."""
    if conn.dialect.name == "sqlite":
        return {row.name: row.seq for row in conn.execute(text("SELECT name, seq FROM sqlite_sequence"))}
    query = text(
        "SELECT last_value FROM pg_sequences "
        "WHERE quote_ident(schemaname) || '.' || quote_ident(sequencename) = :sequence"
    )
    sequences = {table.name: _sequence(conn, table) for table in metadata.sorted_tables}
    found = {name: conn.scalar(query, {"sequence": sequence}) for name, sequence in sequences.items()}
    return {name: last for name, last in found.items() if last}


def set_last_ids(conn: Connection, ids: Mapping[str, int]) -> None:
    """Make the tables go on counting from there."""
    for name, last in ids.items():
        if conn.dialect.name == "sqlite":
            conn.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
            change = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            conn.execute(change, {"name": name, "last": last})
        else:
            conn.execute(select(func.setval(_sequence(conn, metadata.tables[name]), last)))


def _sequence(conn: Connection, table: Table) -> str | None:
    if "id" not in table.c:
        return None
    sequence: str | None = conn.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
    return sequence


def _dump(conn: Connection, table: Table, path: Path) -> int:
    count = 0
    rows = conn.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key))
    with path.open("w", encoding="ascii") as file:
        for row in rows:
            file.write(json.dumps(dict(row._mapping), default=datetime.isoformat) + "\n")
            count += 1
    return count


def _reader(table: Table) -> Any:
    moments = [column.name for column in table.columns if isinstance(column.type, DateTime)]
    for column in table.columns:
        if column.name in moments:
            column.type = UtcDateTime()
        if isinstance(column.type, JSON):
            column.type = JSON(none_as_null=True)

    def read(line: str) -> dict[str, Any]:
        row: dict[str, Any] = json.loads(line)
        return row | {name: datetime.fromisoformat(row[name]) for name in moments if row[name]}

    return read
