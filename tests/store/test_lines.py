"""Rows become the same lines from either database, and come back from them as they were."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import Connection, Table, text

from syndicate.store import lines, schema
from syndicate.store.database import Database
from syndicate.store.lines import fingerprint, key_of, read_groups, write_lines
from tests.builders import NOON

ODD = "a\\tab\t, line\nfeed \r\b\f\v \\N \\. 'quoted' \"twice\" پیک‌بندر 👩‍👩‍👧 \x01"
A_JOB = {"name": "sweep", "args": {}, "due": NOON, "created": NOON}


def put(db: Database, table: Table, *rows: dict[str, Any]) -> None:
    db.write_now(lambda conn: [conn.execute(table.insert().values(row)) for row in rows])


def lines_of(db: Database, table: Table, **more: Any) -> list[bytes]:
    return db.read_now(lambda conn: list(chain(*(one.lines for one in read_groups(conn, table, **more)))))


def bring(db: Database, table: Table, *found: bytes) -> None:
    db.write_now(lambda conn: write_lines(conn, table, found))


def print_of(db: Database, table: Table) -> lines.Fingerprint:
    return db.read_now(lambda conn: fingerprint(conn, table, say=lambda done: None))


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (None, "\\N"),
        ({"found": [1, None, "é", 1.5]}, '{"found": [1, null, "\\\\u00e9", 1.5]}'),
        ({"nul": "\0", "half": "\ud800"}, '{"nul": "\\\\u0000", "half": "\\\\ud800"}'),
        ([], "[]"),
        ("words", '"words"'),
        (7, "7"),
        (1.5, "1.5"),
        (1.0, "1"),
        (1e22, "10000000000000000000000"),
        (True, "true"),
    ],
)
def test_a_job_is_the_same_line_in_both_databases(db: Database, result: Any, field: str) -> None:
    put(db, schema.jobs, A_JOB | {"id": 3, "result": result, "error": ODD})
    told = "a\\\\tab\\t, line\\nfeed \\r\\b\\f\\v \\\\N \\\\. 'quoted' \"twice\" پیک‌بندر 👩‍👩‍👧 \x01"
    noon = "2026-03-01 12:00:00.000000"
    row = ["3", "sweep", "{}", "", "0", "waiting", noon, "", "\\N", "0", field, told, noon, "\\N"]
    assert lines_of(db, schema.jobs) == ["\t".join(row).encode()]


def test_what_a_line_brings_is_what_was_there(db: Database) -> None:
    row = A_JOB | {"id": 3, "result": {"a": [ODD, 1.25, None, True]}, "error": ODD, "finished": NOON}
    put(db, schema.jobs, row)
    before = db.read_now(lambda conn: conn.execute(schema.jobs.select()).one())
    [line] = lines_of(db, schema.jobs)
    db.write_now(lambda conn: conn.execute(schema.jobs.delete()))
    bring(db, schema.jobs, line)
    assert db.read_now(lambda conn: conn.execute(schema.jobs.select()).one()) == before


@pytest.mark.parametrize(
    "at",
    [
        datetime(33, 4, 3, 15, 0, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        NOON.astimezone(tz=None) + timedelta(microseconds=1),
    ],
    ids=str,
)
def test_a_time_is_told_in_utc_to_the_microsecond(db: Database, at: datetime) -> None:
    put(db, schema.caps, {"key": "a", "count": 1, "expires": at})
    wanted = at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    [line] = lines_of(db, schema.caps)
    assert line.decode() == f"a\t1\t{wanted}"
    db.write_now(lambda conn: conn.execute(schema.caps.delete()))
    bring(db, schema.caps, line)
    found = db.read_now(
        lambda conn: conn.scalars(schema.caps.select().with_only_columns(schema.caps.c.expires)).one()
    )
    assert found == at


@pytest.mark.parametrize("rate", [0.1, 5.0, 1 / 3, 1e-7, 12345678901234567890.0, 1e300])
def test_a_rate_is_the_same_number(db: Database, rate: float) -> None:
    pace = {"domain": "readers.example", "relay": "main", "kind": "slowed", "since": NOON, "changed": NOON}
    put(db, schema.metadata.tables["paces"], pace | {"rate": rate})
    paces = schema.metadata.tables["paces"]
    [line] = lines_of(db, paces)
    assert float(line.split(b"\t")[3]) == rate
    assert b"e" not in line.split(b"\t")[3]
    db.write_now(lambda conn: conn.execute(paces.delete()))
    bring(db, paces, line)
    assert (
        db.read_now(lambda conn: conn.scalars(paces.select().with_only_columns(paces.c.rate)).one()) == rate
    )


def test_large_numbers_and_truths_keep_their_kind(db: Database) -> None:
    row = {"site": "s", "line": -(2**63), "story": "x", "shared": True, "seen": NOON}
    put(db, schema.host_lines, row, row | {"line": 2**63 - 1, "shared": False})
    found = lines_of(db, schema.host_lines)
    assert [line.split(b"\t")[1] for line in found] == [b"-9223372036854775808", b"9223372036854775807"]
    db.write_now(lambda conn: conn.execute(schema.host_lines.delete()))
    bring(db, schema.host_lines, *found)
    query = schema.host_lines.select().order_by("line")
    kept = db.read_now(lambda conn: [(row.line, row.shared) for row in conn.execute(query)])
    assert kept == [(-(2**63), True), (2**63 - 1, False)]
    assert all(type(shared) is bool for _, shared in kept)


def test_a_nul_that_postgresql_cannot_hold_is_counted(sqlite_db: Database) -> None:
    put(sqlite_db, schema.caps, *({"key": key, "count": 1, "expires": NOON} for key in ("a", "b", "c")))
    # A text that another program, or an older one of ours, wrote.
    change = "UPDATE caps SET key = key || char(0) || 'x' WHERE key <> 'c'"
    sqlite_db.write_now(lambda conn: conn.execute(text(change)))
    assert [line.split(b"\t")[0].decode() for line in lines_of(sqlite_db, schema.caps)] == [
        "a\ufffdx",
        "b\ufffdx",
        "c",
    ]
    assert print_of(sqlite_db, schema.caps).mended == 2


def test_rows_after_a_key_are_those_that_the_database_counts_as_later(db: Database) -> None:
    people = [
        {"subscriber_id": number, "newsletter": name} for number in (9, 10) for name in ("b'", "é", "a")
    ]
    add = {"address": "x", "created": NOON}
    put(db, schema.subscribers, *({"id": one, "address_key": str(one), **add} for one in (9, 10)))
    put(db, schema.subscriptions, *(one | {"state": "active", "since": NOON} for one in people))
    whole = lines_of(db, schema.subscriptions)
    assert len(whole) == 6
    for place, line in enumerate(whole):
        later = lines_of(db, schema.subscriptions, after=key_of(schema.subscriptions, line))
        assert later == whole[place + 1 :]


def test_a_key_that_is_a_time_leads_on(db: Database) -> None:
    put(db, schema.sources, {"name": "harbour", "kind": "page"})
    runs = [{"source": "harbour", "at": NOON + timedelta(hours=n), "pages": n, "new": 0} for n in range(3)]
    put(db, schema.coverage, *runs)
    whole = lines_of(db, schema.coverage)
    assert lines_of(db, schema.coverage, after=key_of(schema.coverage, whole[1])) == whole[2:]


def test_equal_rows_have_one_fingerprint_in_whatever_order(sqlite_db: Database, postgres_url: str) -> None:
    other = Database(postgres_url)
    rows = [{"key": f"k{number} é", "count": number, "expires": NOON} for number in range(5000)]
    put(sqlite_db, schema.caps, *rows[:2])
    put(other, schema.caps, *reversed(rows[:2]))
    assert print_of(sqlite_db, schema.caps) == print_of(other, schema.caps)
    bring(
        sqlite_db,
        schema.caps,
        *(f"{row['key']}\t{row['count']}\t2026-03-01 12:00:00".encode() for row in rows[2:3]),
    )
    assert print_of(sqlite_db, schema.caps) != print_of(other, schema.caps)
    other.close()


@pytest.mark.parametrize("column", ["key", "count", "expires"])
def test_a_row_that_differs_in_anything_has_another_fingerprint(db: Database, column: str) -> None:
    row = {"key": "a", "count": 1, "expires": NOON}
    other = {"key": "b", "count": 2, "expires": NOON + timedelta(microseconds=1)}
    put(db, schema.caps, row)
    before = print_of(db, schema.caps)
    db.write_now(lambda conn: conn.execute(schema.caps.update().values({column: other[column]})))
    assert print_of(db, schema.caps).hash != before.hash


def test_an_empty_table_has_a_fingerprint(db: Database) -> None:
    assert print_of(db, schema.caps) == lines.Fingerprint(rows=0, hash="0" * 32)
    assert lines_of(db, schema.caps) == []


def test_wide_rows_are_read_a_few_at_a_time(db: Database) -> None:
    issue = {"newsletter": "daily", "state": "sent", "compiled": NOON, "html": "x" * 500_000}
    put(db, schema.issues, *(issue | {"number": number} for number in range(150)))

    def sizes(conn: Connection) -> Iterator[int]:
        yield from (len(one.lines) for one in read_groups(conn, schema.issues))

    found = db.read_now(lambda conn: list(sizes(conn)))
    assert sum(found) == 150
    assert max(found[1:]) <= 2
