"""Rows carried from one database to another in chunks, and compared in the end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, Table, delete, func, select, text
from sqlalchemy.exc import DataError, IntegrityError

from syndicate.errors import MoveRefused
from syndicate.store.database import Database
from syndicate.store.lines import Fingerprint, fingerprint, key_of, read_groups, write_lines
from syndicate.store.moves import Progress, forget_progress, read_progress, save_progress
from syndicate.store.partitions import prepare_partitions
from syndicate.store.schema import deliveries, metadata, moved_tables, moves

# A chunk is one transaction of the target: so many rows, or fewer that are so many bytes.
CHUNK_ROWS, CHUNK_BYTES = 20_000, 8 << 20
# Each partition takes several locks of the transaction that makes it, of which PostgreSQL has some 6,000.
PARTITIONS = 100
TABLES = [table for table in metadata.sorted_tables if table not in (moves, moved_tables)]

Say = Callable[[str, int, int], None]


def count_all(conn: Connection) -> dict[str, int]:
    """Table → its rows."""
    return {table.name: conn.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES}


def copy_all(
    origin: Connection, target: Database, tables: Sequence[Table], *, rows: Mapping[str, int], say: Say
) -> None:
    """Bring these tables, parents first, each from where it stopped.

    Raises MoveRefused for a row that the target refuses.
    """
    progress = target.read_now(read_progress)
    for table in tables:
        so_far = progress.get(table.name, Progress())
        if so_far.whole:
            continue
        if table is deliveries:
            _make_partitions(origin, target)
        for chunk in _chunks(origin, table, after=so_far.last):
            so_far = Progress(rows=so_far.rows + len(chunk), last=key_of(table, chunk[-1]))
            _save(target, table, chunk, so_far)
            say(f"copy {table.name}", so_far.rows, rows[table.name])
        if so_far.rows:
            target.write_now(save_progress, table.name, replace(so_far, whole=True))


def _make_partitions(origin: Connection, target: Database) -> None:
    ids = list(origin.scalars(select(deliveries.c.issue_id).distinct().order_by(deliveries.c.issue_id)))
    for start in range(0, len(ids), PARTITIONS):
        target.write_now(prepare_partitions, ids[start : start + PARTITIONS])


def _chunks(origin: Connection, table: Table, *, after: Sequence[str] | None) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for group in read_groups(origin, table, after=after):
        chunk += group.lines
        size += sum(map(len, group.lines))
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _save(target: Database, table: Table, chunk: Sequence[bytes], progress: Progress) -> None:
    def save(conn: Connection) -> None:
        if conn.dialect.name == "postgresql":
            # The last transaction of the move is on the disk before it counts, and these with it.
            conn.execute(text("SET LOCAL synchronous_commit = off"))
        write_lines(conn, table, chunk)
        save_progress(conn, table.name, progress)

    try:
        target.write_now(save)
    except (DataError, IntegrityError) as error:
        said = str(error.orig).strip().splitlines()[0]
        first, last = ("/".join(key_of(table, line)) for line in (chunk[0], chunk[-1]))
        raise MoveRefused(
            f"{target.where} refuses a row of {table.name} (one of {first} to {last}): {said}; change it, "
            "and run the move once more"
        ) from error


def compare(
    origin: Connection, target: Database, tables: Sequence[Table], *, rows: Mapping[str, int], say: Say
) -> tuple[dict[str, Fingerprint], list[Table]]:
    """The source's fingerprints, and the tables of which the target has another one."""
    found, differing = {}, []
    for table in tables:
        half = rows[table.name]
        show = partial(_say_compared, say, table.name, half)
        here = fingerprint(origin, table, say=partial(show, 0))
        there = target.read_now(fingerprint, table, say=partial(show, half))
        found[table.name] = here
        if (here.rows, here.hash) != (there.rows, there.hash):
            differing.append(table)
    return found, differing


def _say_compared(say: Say, name: str, half: int, before: int, done: int) -> None:
    say(f"compare {name}", before + done, 2 * half)


def with_children(tables: Sequence[Table]) -> list[Table]:
    """These tables and all whose rows refer to theirs, parents first."""
    chosen: list[Table] = []
    for table in TABLES:
        if table in tables or any(key.column.table in chosen for key in table.foreign_keys):
            chosen.append(table)
    return chosen


def clear(conn: Connection, tables: Sequence[Table]) -> None:
    """Empty these tables, which stand parents first, and let them begin anew."""
    for table in reversed(tables):
        conn.execute(delete(table))
    forget_progress(conn, [table.name for table in tables])
