"""The one schema, for SQLite and PostgreSQL. Migrations in migrations/ lead to it; a test compares them."""

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


def _needed(name: str, kind: Any, **more: Any) -> Column[Any]:
    return Column(name, kind, nullable=False, **more)


sources = Table(
    "sources",
    metadata,
    Column("name", String(200), primary_key=True),
    _needed("kind", String(20)),
    Column("retired", UtcDateTime),
    Column("first_run", UtcDateTime),
    _needed("first_retries", Integer, default=0),
    _needed("scope", Text, default=""),
    _needed("unfinished", Boolean, default=False),
    Column("last_checked", UtcDateTime),
    Column("next_check", UtcDateTime),
    _needed("last_outcome", String(40), default=""),
    _needed("last_error", Text, default=""),
    _needed("failures", Integer, default=0),
    _needed("next_reason", String(40), default=""),
)

# How much of what a page can tell was found in each run that read pages; the last hundred of a source.
coverage = Table(
    "coverage",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("at", UtcDateTime, primary_key=True),
    _needed("pages", Integer),
    _needed("new", Integer),
    _needed("counts", JSON, default=dict),
    _needed("unmatched", JSON, default=list),
)

# What needs a person, once per incident; the row goes when all is well again and that was told.
alarms = Table(
    "alarms",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("what", String(40), primary_key=True),
    _needed("since", UtcDateTime),
    _needed("said", Text),
    _needed("remedy", Text, default=""),
    _needed("usual", Integer, default=0),
    Column("ended", UtcDateTime),
    _needed("told", Boolean, default=False),
)

# One row per page of a listing or folder, so that an unchanged page costs no parse (requirement C1).
pages = Table(
    "pages",
    metadata,
    Column("source", String(200), ForeignKey("sources.name"), primary_key=True),
    Column("url", String(1000), primary_key=True),
    _needed("etag", Text, default=""),
    _needed("last_modified", Text, default=""),
    _needed("content_hash", String(64), default=""),
    _needed("captured", UtcDateTime),
    _needed("own", Boolean, default=False),
    _needed("failures", Integer, default=0),
    Column("not_before", UtcDateTime),
)

items = Table(
    "items",
    metadata,
    Column("id", String(36), primary_key=True),
    _needed("kind", String(10)),
    _needed("state", String(10), default="live"),
    _needed("source", String(200)),
    _needed("revision", Integer, default=1),
    _needed("section", String(200), default=""),
    _needed("language", String(20), default=""),
    _needed("host", String(255), default=""),
    _needed("archived", Boolean, default=False),
    _needed("backlog", Boolean, default=False),
    Column("published", String(40)),
    Column("published_at", UtcDateTime),
    _needed("sorted_at", UtcDateTime),
    _needed("collected", UtcDateTime),
    Column("changed", UtcDateTime),
    Column("withdrawn", UtcDateTime),
    _needed("withdrawn_note", Text, default=""),
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
    _needed("content", JSON),
    _needed("content_hash", String(64)),
    _needed("original_url", Text, default=""),
    _needed("captured", UtcDateTime),
    _needed("raw_hash", String(64), default="", index=True),
    _needed("collected", UtcDateTime),
    Column("changed", UtcDateTime),
    _needed("cause", String(20), default="collected"),
)

# What extracting a kept page once more takes besides its bytes, which lie in raw/ under their hash.
raw_pages = Table(
    "raw_pages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("source", String(200)),
    _needed("key", String(600)),
    _needed("hash", String(64), index=True),
    _needed("url", Text, default=""),
    _needed("content_type", Text, default=""),
    _needed("size", Integer),
    _needed("captured", UtcDateTime),
    Column("not_after", UtcDateTime),
    _needed("kept", UtcDateTime, index=True),
    Column("reprocessed", UtcDateTime),
    UniqueConstraint("source", "key", "hash"),
    sqlite_autoincrement=True,
)

# What a story is known by: `guid:…`, `url:…`, `text:…`. A key belongs to one item for ever (requirement F1).
item_keys = Table(
    "item_keys",
    metadata,
    Column("key", String(600), primary_key=True),
    _needed("item_id", String(36), index=True),
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
    _needed("name", String(100)),
    _needed("media_type", String(40)),
    _needed("width", Integer),
    _needed("height", Integer),
    _needed("size", Integer),
    _needed("captured", UtcDateTime),
)

feeds = Table(
    "feeds",
    metadata,
    Column("name", String(200), primary_key=True),
    _needed("id", String(36)),
    Column("retired", UtcDateTime),
    Column("published", UtcDateTime),
    _needed("entries", Integer, default=0),
    _needed("held", Text, default=""),
)

newsletters = Table(
    "newsletters",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("retired", UtcDateTime),
    _needed("last_number", Integer, default=0),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("address", Text),
    _needed("address_key", String(320), unique=True),
    _needed("name", Text, default=""),
    _needed("language", String(20), default=""),
    _needed("created", UtcDateTime),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), primary_key=True),
    Column("newsletter", String(200), primary_key=True),
    _needed("state", String(10)),
    _needed("since", UtcDateTime),
    Column("requested", UtcDateTime),
    Column("ended", UtcDateTime),
    _needed("ended_reason", Text, default=""),
    Column("consent_at", UtcDateTime),
    _needed("consent_source", Text, default=""),
    _needed("consent_wording", Text, default=""),
    Index(None, "newsletter", "state", "subscriber_id"),
)

# Keyed hashes of addresses, so that a wiped address stays suppressed without being kept.
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    _needed("reason", String(20)),
    _needed("since", UtcDateTime),
    _needed("note", Text, default=""),
)

# Fingerprints of every key that signed links or hashed addresses here.
token_keys = Table(
    "token_keys",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    _needed("since", UtcDateTime),
)

caps = Table(
    "caps",
    metadata,
    Column("key", String(200), primary_key=True),
    _needed("count", Integer),
    _needed("expires", UtcDateTime, index=True),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("newsletter", String(200)),
    _needed("number", Integer),
    _needed("state", String(10)),
    _needed("compiled", UtcDateTime),
    _needed("subject", Text, default=""),
    _needed("html", Text, default=""),
    _needed("text", Text, default=""),
    _needed("web_html", Text, default=""),
    _needed("slot_key", String(32), default=""),
    _needed("candidates", Integer, default=0),
    Column("started", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("expires", UtcDateTime),
    _needed("paused_reason", Text, default=""),
    UniqueConstraint("newsletter", "number"),
    sqlite_autoincrement=True,
)

issue_items = Table(
    "issue_items",
    metadata,
    Column("newsletter", String(200), primary_key=True),
    Column("item_id", String(36), primary_key=True),
    _needed("issue_id", Integer, index=True),
    _needed("revision", Integer),
    _needed("section", Text),
    _needed("position", Integer),
)

# `open` stands here and not in an index on deliveries.state, which would cost every mark 16-40 %.
batches = Table(
    "batches",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    _needed("open", Boolean, default=True),
    _needed("owner", String(100), default=""),
    Column("leased_until", UtcDateTime),
    Column("next_attempt", UtcDateTime),
    _needed("failures", Integer, default=0),
    _needed("stopped", Text, default=""),
    Index(None, "open", "next_attempt"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    _needed("batch", Integer),
    _needed("state", String(10)),
    _needed("attempt", Integer, default=0),
    _needed("was_unknown", Boolean, default=False),
    Column("next_attempt", UtcDateTime),
    Column("changed", UtcDateTime),
    _needed("code", Integer, default=0),
    _needed("reply", Text, default=""),
    _needed("relay", Text, default=""),
    Index(None, "issue_id", "batch"),
    Index(None, "subscriber_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("kind", String(20)),
    _needed("dedupe_key", String(200), unique=True),
    _needed("address", Text),
    _needed("newsletter", String(200), default=""),
    _needed("language", String(20), default=""),
    _needed("data", JSON, default=dict),
    _needed("state", String(10), default="queued"),
    _needed("attempt", Integer, default=0),
    _needed("was_unknown", Boolean, default=False),
    _needed("created", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("next_attempt", UtcDateTime),
    Column("changed", UtcDateTime),
    _needed("code", Integer, default=0),
    _needed("reply", Text, default=""),
    Index(None, "state", "next_attempt"),
    sqlite_autoincrement=True,
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", String(200), primary_key=True),
    _needed("cron", String(100)),
    _needed("zone", String(60)),
    _needed("missed", String(10)),
    _needed("since", UtcDateTime),
    Column("retired", UtcDateTime),
)

# The fence: a local date and time of a schedule happens once, however often it is fired.
occurrences = Table(
    "occurrences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("schedule", String(200)),
    _needed("local_date", String(10)),
    _needed("local_time", String(5)),
    _needed("due", UtcDateTime),
    _needed("outcome", String(10), default="fired"),
    Column("issue_id", Integer),
    _needed("recorded", UtcDateTime),
    UniqueConstraint("schedule", "local_date", "local_time"),
    sqlite_autoincrement=True,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _needed("name", String(60)),
    _needed("args", JSON, default=dict),
    _needed("key", String(300), default=""),
    _needed("priority", Integer, default=0),
    _needed("state", String(10), default="waiting"),
    _needed("due", UtcDateTime),
    _needed("owner", String(100), default=""),
    Column("leased_until", UtcDateTime),
    _needed("attempts", Integer, default=0),
    Column("result", JSON(none_as_null=True)),
    _needed("error", Text, default=""),
    _needed("created", UtcDateTime),
    Column("finished", UtcDateTime),
    Index(None, "state", "due"),
    sqlite_autoincrement=True,
)
# One job of a key waits at a time, whichever process inserts it; a leased one does not count.
_waiting_with_key = (jobs.c.state == "waiting") & (jobs.c.key != "")
Index(
    "uq_jobs_waiting_key",
    jobs.c.key,
    unique=True,
    sqlite_where=_waiting_with_key,
    postgresql_where=_waiting_with_key,
)

# A running service writes its heartbeat here, so that a command beside it hands its work over.
services = Table(
    "services",
    metadata,
    Column("owner", String(100), primary_key=True),
    _needed("heartbeat", UtcDateTime),
)
