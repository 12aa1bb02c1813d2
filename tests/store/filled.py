"""A database with rows in every table, whatever tables there are: odd texts, times, JSON, NULLs."""

from datetime import timedelta
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, Float, Integer, Table, select
from sqlalchemy import String as SqlString

from syndicate.store.database import Database
from syndicate.store.partitions import prepare_partitions
from syndicate.store.rows import set_last_ids
from syndicate.store.schema import metadata, moved_tables, moves
from tests.builders import NOON

TABLES = [table for table in metadata.sorted_tables if table not in (moves, moved_tables)]
ROWS = 7
ODD = "\\N \t\r\n\b\f\v\\. 'it' \"پیک‌بندر\" 👩‍👩‍👧 é\x7f\x01"
VALUES = [{"a": [1, None, 0.1, "é\0"]}, [], 3, "3", True, 2.5, None]


def fill(db: Database, *, tables: list[Table] = TABLES, rows: int = ROWS) -> None:
    """Rows in these tables, which stand parents first; each last id given out is of a row that is gone."""

    def put(conn: Connection) -> None:
        prepare_partitions(conn, range(1, rows + 1))
        for table in tables:
            for number in range(1, rows + 1):
                conn.execute(table.insert().values(a_row(table, number)))
        counting = [table.name for table in tables if is_counting(table)]
        set_last_ids(conn, dict.fromkeys(counting, 90))

    db.write_now(put)


def is_counting(table: Table) -> bool:
    """Whether the table gives out ids."""
    column = table.autoincrement_column
    return column is not None and column.name == "id"


def a_row(table: Table, number: int) -> dict[str, Any]:
    """The table's row of that number; what refers to another table names its row of the same number."""
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Column[Any], number: int) -> Any:
    for key in column.foreign_keys:
        return _value(key.column, number)
    if column.nullable and number % 3 == 0:
        return None
    kind = getattr(column.type, "impl_instance", column.type)
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return number / 3
    if isinstance(kind, DateTime):
        return NOON + timedelta(days=400 * number, microseconds=number)
    if isinstance(kind, JSON):
        return VALUES[number % len(VALUES)]
    assert isinstance(kind, SqlString), f"{column}: say here what a value of {kind!r} is like"
    return f"{number} {ODD}"[: kind.length]


def contents(db: Database, tables: list[Table] = TABLES) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables."""

    def rows(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
        return {t.name: sorted(map(tuple, conn.execute(select(t))), key=repr) for t in tables}

    return db.read_now(rows)
