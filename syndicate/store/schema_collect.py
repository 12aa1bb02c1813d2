"""The part of the schema that collecting fills: sources, their pages, items. See store/schema."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    false,
)

from syndicate.store.types import String, Text, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def needed(name: str, kind: Any, **more: Any) -> Column[Any]:
    """A column that every row has a value in; one that came later has a `server_default` for older rows."""
    return Column(name, kind, nullable=False, **more)


sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    needed("kind", String(20)),
    Column("retired", UtcDateTime),
    Column("first_run", UtcDateTime),
    needed("first_retries", Integer, default=0),
    needed("scope", Text, default="", server_default=""),
    needed("unfinished", Boolean, default=False, server_default=false()),
    Column("last_checked", UtcDateTime),
    Column("next_check", UtcDateTime),
    needed("last_outcome", String(40), default=""),
    needed("last_error", Text, default=""),
    needed("failures", Integer, default=0),
    needed("next_reason", String(40), default="", server_default=""),
)

# How much of what a page can tell was found in each run that read pages; the last hundred of a source.
coverage = Table(
    "coverage",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    needed("pages", Integer),
    needed("new", Integer),
    needed("counts", JSON, default=dict),
    needed("unmatched", JSON, default=list),
)

# What needs a person, once per incident; the row goes when all is well again and that was told. One that
# `settled` is how the source is, and its rate is measured anew since then.
alarms = Table(
    "alarms",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("what", String(40), primary_key=True),
    needed("since", UtcDateTime),
    needed("said", Text),
    needed("remedy", Text, default=""),
    needed("usual", Integer, default=0),
    Column("ended", UtcDateTime),
    needed("told", Boolean, default=False),
    Column("settled", UtcDateTime),
)

# One row per page of a listing or folder, so that an unchanged page costs no parse (requirement C1). `key` is
# the start of a `url` that no index can hold, and a hash.
pages = Table(
    "pages",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("key", String(1000), primary_key=True),
    needed("url", Text, default="", server_default=""),
    needed("etag", Text, default=""),
    needed("last_modified", Text, default=""),
    needed("content_hash", String(64), default=""),
    needed("captured", UtcDateTime),
    needed("own", Boolean, default=False, server_default=false()),
    needed("failures", Integer, default=0, server_default="0"),
    Column("not_before", UtcDateTime),
)

items = Table(
    "items",
    metadata,
    Column("id", String(36), primary_key=True),
    needed("kind", String(10)),
    needed("state", String(10), default="live"),
    needed("source", String(200)),
    needed("revision", Integer, default=1),
    # Counts every change that an output may show, so that what was rendered of an item is known by it.
    needed("stamp", Integer, default=1, server_default="1"),
    needed("section", String(200), default=""),
    needed("language", String(20), default=""),
    needed("host", String(255), default=""),
    needed("archived", Boolean, default=False),
    needed("backlog", Boolean, default=False),
    Column("published", String(40)),
    Column("published_at", UtcDateTime),
    needed("sorted_at", UtcDateTime),
    needed("collected", UtcDateTime),
    Column("changed", UtcDateTime),
    Column("withdrawn", UtcDateTime),
    needed("withdrawn_note", Text, default=""),
    # The newest correction that readers are told of, and what the page itself says where one overrides it.
    Column("corrected", UtcDateTime),
    needed("correction_note", Text, default="", server_default=""),
    Column("page_words", JSON(none_as_null=True)),
    Column("page_notice", JSON(none_as_null=True)),
    Column("not_after", UtcDateTime),
    Index(None, "source", "collected"),
    Index(None, "collected"),
    Index(None, "sorted_at"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("item_id", String(36), ForeignKey("items.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    needed("content", JSON),
    needed("content_hash", String(64)),
    needed("original_url", Text, default=""),
    needed("captured", UtcDateTime),
    needed("raw_hash", String(64), default="", index=True),
    needed("collected", UtcDateTime),
    Column("changed", UtcDateTime),
    needed("cause", String(20), default="collected", server_default="collected"),
)

# What extracting a kept page once more takes besides its bytes, which lie in raw/ under their hash.
raw_pages = Table(
    "raw_pages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("source", String(200)),
    needed("key", String(600)),
    needed("hash", String(64), index=True),
    needed("url", Text, default=""),
    needed("content_type", Text, default=""),
    needed("size", Integer),
    needed("captured", UtcDateTime),
    Column("not_after", UtcDateTime),
    needed("title", Text, default=""),
    Column("published", String(40)),
    needed("kept", UtcDateTime, index=True),
    Column("reprocessed", UtcDateTime),
    UniqueConstraint("source", "key", "hash"),
    sqlite_autoincrement=True,
)

# What a story is known by: `guid:…`, `url:…`, `text:…`. A key belongs to one item for ever (requirement F1).
item_keys = Table(
    "item_keys",
    metadata,
    Column("key", String(600), primary_key=True),
    needed("item_id", String(36), index=True),
)

# A sample of each article's 4-grams, by which an updated version of a story is found (requirement C8).
story_grams = Table(
    "story_grams",
    metadata,
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("item_id", String(36), primary_key=True),
    Index(None, "item_id"),
)

media = Table(
    "media",
    metadata,
    Column("url", String(1000), primary_key=True),
    needed("name", String(100)),
    needed("media_type", String(40)),
    needed("width", Integer),
    needed("height", Integer),
    needed("size", Integer),
    needed("captured", UtcDateTime),
)

# Which items ever showed a file of the media store, so that those of withdrawn ones are known.
item_media = Table(
    "item_media",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("item_id", String(36), primary_key=True),
)

# Lines that pages of a host show, hashed: `shared` ones stand on several stories and are no article's.
host_lines = Table(
    "host_lines",
    metadata,
    Column("site", String(255), primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    needed("story", String(32)),
    needed("second", String(32), default=""),
    needed("words", Integer, default=0),
    needed("shared", Boolean, default=False),
    needed("seen", UtcDateTime),
    Index(None, "site", "story"),
)
