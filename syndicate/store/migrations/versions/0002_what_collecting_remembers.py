"""What collecting remembers: kept pages, lines of hosts, words of stories, how well sources fare, alarms.

A column that each row has a value in keeps its default in the database: there were rows before it was, and
SQLite takes no default back without writing the table anew.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import ColumnElement

revision = "0002"
down_revision = "0001"

# As much of a key as an index of PostgreSQL surely holds, in bytes of UTF-8.
KEY_BYTES = 2_400
URL_WIDTH = 1_000


def upgrade() -> None:
    """Widen what there is, then create the new tables."""
    _widen_sources()
    _widen_pages()
    _widen_items()
    _forget_long_media()
    _create_story_grams()
    _create_raw_pages()
    _create_coverage()
    _create_alarms()
    _create_host_lines()


def _widen_sources() -> None:
    _add("sources", "scope", sa.Text(), default="")
    _add("sources", "unfinished", sa.Boolean(), default=sa.false())
    _add("sources", "next_reason", sa.String(length=40), default="")


def _widen_pages() -> None:
    """The address moves beside its key. One that was cut to be a key is lost: that page is asked for anew."""
    op.execute(
        sa.text(f"DELETE FROM pages WHERE length(url) = :width OR {_octets('url')} > :most").bindparams(  # noqa: S608
            width=URL_WIDTH, most=KEY_BYTES
        )
    )
    op.execute("ALTER TABLE pages RENAME COLUMN url TO key")
    _add("pages", "url", sa.Text(), default="")
    op.execute("UPDATE pages SET url = key")
    _add("pages", "own", sa.Boolean(), default=sa.false())
    _add("pages", "failures", sa.Integer(), default="0")
    op.add_column("pages", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))


def _widen_items() -> None:
    op.add_column("items", sa.Column("not_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("revisions", sa.Column("changed", sa.DateTime(timezone=True), nullable=True))
    _add("revisions", "cause", sa.String(length=20), default="collected")
    # Until now every revision but the first one was a change of its story.
    op.execute("UPDATE revisions SET changed = collected WHERE number > 1")
    op.create_index("ix_revisions_raw_hash", "revisions", ["raw_hash"], unique=False)


def _forget_long_media() -> None:
    """Their keys are cut otherwise from now on; such an image is fetched again when its page is read."""
    op.execute(
        sa.text(f"DELETE FROM media WHERE {_octets('url')} > :most").bindparams(most=KEY_BYTES)  # noqa: S608
    )


def _octets(column: str) -> str:
    if op.get_bind().dialect.name == "postgresql":
        return f"octet_length({column})"
    return f"length(CAST({column} AS BLOB))"


def _add(table: str, name: str, kind: sa.types.TypeEngine[Any], *, default: str | ColumnElement[Any]) -> None:
    """Add a column that every row has a value in, those that are there too."""
    op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))


def _create_story_grams() -> None:
    op.create_table(
        "story_grams",
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("gram", "item_id", name="pk_story_grams"),
    )
    op.create_index("ix_story_grams_item_id", "story_grams", ["item_id"], unique=False)


def _create_raw_pages() -> None:
    op.create_table(
        "raw_pages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("captured", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("published", sa.String(length=40), nullable=True),
        sa.Column("kept", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reprocessed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_raw_pages"),
        sa.UniqueConstraint("source", "key", "hash", name="uq_raw_pages_source_key_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_raw_pages_hash", "raw_pages", ["hash"], unique=False)
    op.create_index("ix_raw_pages_kept", "raw_pages", ["kept"], unique=False)


def _create_coverage() -> None:
    op.create_table(
        "coverage",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("unmatched", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_coverage_source"),
        sa.PrimaryKeyConstraint("source", "at", name="pk_coverage"),
    )


def _create_alarms() -> None:
    op.create_table(
        "alarms",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_alarms_source"),
        sa.PrimaryKeyConstraint("source", "what", name="pk_alarms"),
    )


def _create_host_lines() -> None:
    op.create_table(
        "host_lines",
        sa.Column("site", sa.String(length=255), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("story", sa.String(length=32), nullable=False),
        sa.Column("second", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "line", name="pk_host_lines"),
    )
    op.create_index("ix_host_lines_site_story", "host_lines", ["site", "story"], unique=False)
