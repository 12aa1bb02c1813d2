"""The tables of revision 0001 that collecting fills."""

import sqlalchemy as sa
from alembic import op


def create_collecting() -> None:
    """Create them, parents before children."""
    _create_sources()
    _create_pages()
    _create_items()
    _create_revisions()
    _create_item_keys()
    _create_story_grams()
    _create_media()
    _create_raw_pages()
    _create_coverage()
    _create_alarms()
    _create_host_lines()


def _create_sources() -> None:
    op.create_table(
        "sources",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("retired", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_run", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_retries", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("unfinished", sa.Boolean(), nullable=False),
        sa.Column("last_checked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_outcome", sa.String(length=40), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_reason", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )


def _create_pages() -> None:
    op.create_table(
        "pages",
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("captured", sa.DateTime(timezone=True), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source"], ["sources.name"], name="fk_pages_source"),
        sa.PrimaryKeyConstraint("source", "url", name="pk_pages"),
    )


def _create_items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("backlog", sa.Boolean(), nullable=False),
        sa.Column("published", sa.String(length=40), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sorted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("collected", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_note", sa.Text(), nullable=False),
        sa.Column("page_notice", sa.JSON(), nullable=True),
        sa.Column("not_after", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
    )
    op.create_index("ix_items_collected", "items", ["collected"], unique=False)
    op.create_index("ix_items_sorted_at", "items", ["sorted_at"], unique=False)
    op.create_index("ix_items_source_collected", "items", ["source", "collected"], unique=False)


def _create_revisions() -> None:
    op.create_table(
        "revisions",
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("original_url", sa.Text(), nullable=False),
        sa.Column("captured", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_hash", sa.String(length=64), nullable=False),
        sa.Column("collected", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_revisions_item_id"),
        sa.PrimaryKeyConstraint("item_id", "number", name="pk_revisions"),
    )
    op.create_index("ix_revisions_raw_hash", "revisions", ["raw_hash"], unique=False)


def _create_item_keys() -> None:
    op.create_table(
        "item_keys",
        sa.Column("key", sa.String(length=600), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_item_keys"),
    )
    op.create_index("ix_item_keys_item_id", "item_keys", ["item_id"], unique=False)


def _create_story_grams() -> None:
    op.create_table(
        "story_grams",
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("gram", "item_id", name="pk_story_grams"),
    )
    op.create_index("ix_story_grams_item_id", "story_grams", ["item_id"], unique=False)


def _create_media() -> None:
    op.create_table(
        "media",
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("captured", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("url", name="pk_media"),
    )


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
