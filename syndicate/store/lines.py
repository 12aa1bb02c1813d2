"""Rows as lines of text, the same from either kind of database: what a move carries and compares.

A line is one of PostgreSQL's COPY in its text format (https://www.postgresql.org/docs/current/sql-copy.html,
"File Formats"): fields between tabs, `\\N` for NULL, control characters and backslashes escaped. Booleans are
0 and 1, times are in UTC with microseconds, JSON stands as it was written.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, DateTime, Float, Integer, Table
from sqlalchemy.sql.type_api import TypeEngine

from syndicate.store.faults import of_driver

NULL = "\\N"
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
# The backslash is first: it stands in what the others become.
PLAIN = {escape[1]: plain for plain, escape in ESCAPES.items()}
ESCAPED = re.compile(r"\\(.)")
# A group of rows is read at once: so many, unless they are wide.
FIRST_ROWS, GROUP_ROWS, GROUP_BYTES = 100, 2_000, 1 << 20
# Times stand in lines and keys without their zone.
IN_UTC = "SET LOCAL TimeZone = 'UTC'"
DIGEST_BYTES = 16

Key = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some rows, as lines. In `mended` texts a NUL, which PostgreSQL cannot hold, became U+FFFD."""

    lines: Sequence[bytes]
    mended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What two tables have in common that hold the same rows, in whatever order: how many, and a hash."""

    rows: int = 0
    hash: str = ""
    mended: int = 0


def read_groups(conn: Connection, table: Table, *, after: Key | None = None) -> Iterator[Group]:
    """The table's rows by their key, those after a key alone; without reading it whole into memory."""
    read = _read_postgres if conn.dialect.name == "postgresql" else _read_sqlite
    return read(conn, table, f"{_where(conn, table, after)} ORDER BY {_names(conn, table.primary_key)}")


def write_lines(conn: Connection, table: Table, lines: Sequence[bytes]) -> None:
    """Insert rows. Raises sqlalchemy.exc.DBAPIError for one that the database refuses."""
    write = _write_postgres if conn.dialect.name == "postgresql" else _write_sqlite
    write(conn, table, lines)


def fingerprint(conn: Connection, table: Table, *, say: Callable[[int], None]) -> Fingerprint:
    """All rows of a table in one value, equal for equal rows; `say` is told how many were read."""
    read = _read_postgres if conn.dialect.name == "postgresql" else _read_sqlite
    rows = total = mended = 0
    for group in read(conn, table, ""):
        digests = [blake2b(line, digest_size=DIGEST_BYTES).digest() for line in group.lines]
        # A sum, since the databases do not agree on the order of texts.
        total += sum(map(int.from_bytes, digests))
        rows += len(digests)
        mended += group.mended
        say(rows)
    kept = total % (1 << 8 * DIGEST_BYTES)
    return Fingerprint(rows=rows, hash=f"{kept:0{2 * DIGEST_BYTES}x}", mended=mended)


def key_of(table: Table, line: bytes) -> list[str]:
    """A row's key, as texts."""
    fields = line.decode().split("\t")
    places = {column.name: place for place, column in enumerate(table.columns)}
    return [_plain(fields[places[column.name]]) or "" for column in table.primary_key]


def _names(conn: Connection, columns: Iterable[Column[Any]]) -> str:
    return ", ".join(map(conn.dialect.identifier_preparer.format_column, columns))


def _where(conn: Connection, table: Table, after: Key | None) -> str:
    if after is None:
        return ""
    values = (
        part if isinstance(column.type, Integer) else "'" + part.replace("'", "''") + "'"
        for column, part in zip(table.primary_key, after, strict=True)
    )
    return f" WHERE ({_names(conn, table.primary_key)}) > ({', '.join(values)})"


def _read_sqlite(conn: Connection, table: Table, rest: str) -> Iterator[Group]:
    statement = f"SELECT {_names(conn, table.columns)} FROM {table.name}{rest}"  # noqa: S608 - names of ours
    takers = [_taker(column) for column in table.columns]
    size = FIRST_ROWS
    with of_driver(conn, statement):
        cursor = _driver(conn).execute(statement)
        while rows := cursor.fetchmany(size):
            group = _group(rows, takers)
            yield group
            size = _next_size(group)


def _next_size(group: Group) -> int:
    """How many rows come next, so that a group of wide ones stays small."""
    width = max(sum(map(len, group.lines)), 1) // len(group.lines) + 1
    return max(1, min(GROUP_ROWS, GROUP_BYTES // width))


def _group(rows: Sequence[Sequence[Any]], takers: Sequence[Callable[[Any], Any]]) -> Group:
    # By columns: what is asked of each value costs several times as much as what is asked of all at once.
    found = [take(values) for take, values in zip(takers, zip(*rows, strict=True), strict=True)]
    lines = "\n".join(map("\t".join, zip(*(column for column, _ in found), strict=True)))
    return Group(lines=lines.encode().split(b"\n"), mended=sum(mended for _, mended in found))


def _taker(column: Column[Any]) -> Callable[[Sequence[Any]], tuple[Iterable[str], int]]:
    kind = _kind(column)
    if isinstance(kind, Float):
        return lambda values: ([NULL if value is None else _number(value) for value in values], 0)
    if isinstance(kind, Integer | Boolean):
        if not column.nullable:
            return lambda values: (map(str, values), 0)
        return lambda values: ([NULL if value is None else str(value) for value in values], 0)
    return _take_texts


def _take_texts(values: Sequence[Any]) -> tuple[Iterable[str], int]:
    try:
        whole = "".join(values)
    except TypeError:
        # NULLs, or numbers: a JSON column's affinity turns `5` into one.
        return _take_mixed(values)
    if not _is_special(whole):
        return values, 0
    return [_escaped(value) for value in values], sum("\0" in value for value in values)


def _take_mixed(values: Sequence[Any]) -> tuple[Iterable[str], int]:
    texts = [value if isinstance(value, str) or value is None else _number(value) for value in values]
    whole = "".join(filter(None, texts))
    if not _is_special(whole):
        return [NULL if text is None else text for text in texts], 0
    mended = sum("\0" in text for text in texts if text)
    return [NULL if text is None else _escaped(text) for text in texts], mended


def _is_special(text: str) -> bool:
    return "\0" in text or any(plain in text for plain in ESCAPES)


def _escaped(text: str) -> str:
    for plain, escape in ESCAPES.items():
        text = text.replace(plain, escape)
    return text.replace("\0", "\ufffd")


def _number(value: float) -> str:
    return f"{Decimal(repr(value)).normalize():f}"


def _write_sqlite(conn: Connection, table: Table, lines: Sequence[bytes]) -> None:
    # Texts of digits become numbers by the columns' affinity (https://www.sqlite.org/datatype3.html).
    marks = ", ".join("?" * len(table.columns))
    statement = f"INSERT INTO {table.name} ({_names(conn, table.columns)}) VALUES ({marks})"  # noqa: S608
    whole = b"\n".join(lines).decode()
    rows: Any = (line.split("\t") for line in whole.split("\n"))
    if "\\" in whole:
        rows = ([_plain(field) if "\\" in field else field for field in row] for row in rows)
    with of_driver(conn, statement):
        _driver(conn).executemany(statement, rows)


def _plain(field: str) -> str | None:
    return None if field == NULL else ESCAPED.sub(lambda found: PLAIN[found[1]], field)


def _read_postgres(conn: Connection, table: Table, rest: str) -> Iterator[Group]:
    columns = ", ".join(_as_text(conn, column) for column in table.columns)
    statement = f"COPY (SELECT {columns} FROM {table.name}{rest}) TO STDOUT"  # noqa: S608 - names of ours
    with of_driver(conn, statement), _driver(conn).cursor() as cursor:
        cursor.execute(IN_UTC)
        with cursor.copy(statement) as copy:
            rows, size = map(bytes, copy), FIRST_ROWS
            while lines := list(islice(rows, size)):
                whole = b"".join(lines)
                yield (group := Group(lines=whole[:-1].split(b"\n")))
                size = _next_size(group)


def _as_text(conn: Connection, column: Column[Any]) -> str:
    name, kind = _names(conn, [column]), _kind(column)
    if isinstance(kind, Boolean):
        return f"{name}::int"
    if isinstance(kind, DateTime):
        return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    number = f"trim_scale({name}::text::numeric)::text"
    if isinstance(kind, JSON):
        # SQLite keeps a bare number as a number: 1.0 is 1 there.
        return f"CASE json_typeof({name}) WHEN 'number' THEN {number} ELSE {name}::text END"
    return number if isinstance(kind, Float) else name


def _write_postgres(conn: Connection, table: Table, lines: Sequence[bytes]) -> None:
    statement = f"COPY {table.name} ({_names(conn, table.columns)}) FROM STDIN"
    with of_driver(conn, statement), _driver(conn).cursor() as cursor:
        cursor.execute(IN_UTC)
        with cursor.copy(statement) as copy:
            copy.write(b"\n".join(lines) + b"\n")


def _kind(column: Column[Any]) -> TypeEngine[Any]:
    kind = column.type
    return getattr(kind, "impl_instance", kind)


def _driver(conn: Connection) -> Any:
    """The driver's own connection: its rows are plain values, and SQLAlchemy knows no COPY."""
    return conn.connection.driver_connection
