"""The one schema, for SQLite and PostgreSQL. Migrations in migrations/ lead to it; a test compares them."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from syndicate.store.schema_collect import (
    alarms,
    coverage,
    host_lines,
    item_keys,
    item_media,
    items,
    media,
    metadata,
    needed,
    pages,
    raw_pages,
    revisions,
    sources,
    story_grams,
)
from syndicate.store.schema_deliver import archived_issues, attempts, issue_renderings
from syndicate.store.schema_moves import moved_tables, moves
from syndicate.store.schema_publish import (
    feed_changes,
    feed_documents,
    feed_entries,
    feeds,
    hub_deliveries,
    hub_requests,
    hub_subscriptions,
    item_notes,
    partner_contents,
    partner_deliveries,
    partner_documents,
    partner_embargoes,
    partner_entries,
    partner_feeds,
    partner_receipts,
    partner_tokens,
    partner_usage,
    purges,
    sitemaps,
)
from syndicate.store.types import String, Text, UtcDateTime

__all__ = [
    "alarms",
    "archived_issues",
    "attempts",
    "coverage",
    "feed_changes",
    "feed_documents",
    "feed_entries",
    "feeds",
    "host_lines",
    "hub_deliveries",
    "hub_requests",
    "hub_subscriptions",
    "issue_renderings",
    "item_keys",
    "item_media",
    "item_notes",
    "items",
    "media",
    "metadata",
    "moved_tables",
    "moves",
    "pages",
    "partner_contents",
    "partner_deliveries",
    "partner_documents",
    "partner_embargoes",
    "partner_entries",
    "partner_feeds",
    "partner_receipts",
    "partner_tokens",
    "partner_usage",
    "purges",
    "raw_pages",
    "revisions",
    "sitemaps",
    "sources",
    "story_grams",
]

newsletters = Table(
    "newsletters",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("retired", UtcDateTime),
    needed("last_number", Integer, default=0),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("address", Text),
    needed("address_key", String(320), unique=True),
    needed("name", Text, default=""),
    needed("language", String(20), default=""),
    needed("created", UtcDateTime),
    sqlite_autoincrement=True,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), primary_key=True),
    Column("newsletter", String(200), primary_key=True),
    needed("state", String(10)),
    needed("since", UtcDateTime),
    Column("requested", UtcDateTime),
    Column("ended", UtcDateTime),
    needed("ended_reason", Text, default=""),
    Column("consent_at", UtcDateTime),
    needed("consent_source", Text, default=""),
    needed("consent_wording", Text, default=""),
    # The titles that this reader chose, as model/segment writes them; empty for the whole newsletter.
    needed("sections", Text, default="", server_default=""),
    Index(None, "newsletter", "state", "subscriber_id"),
)

# Keyed hashes of addresses, so that a wiped address stays suppressed without being kept.
suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", String(64), primary_key=True),
    needed("reason", String(20)),
    needed("since", UtcDateTime),
    needed("note", Text, default=""),
)

# Fingerprints of every key that signed links or hashed addresses here.
token_keys = Table(
    "token_keys",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    needed("since", UtcDateTime),
)

caps = Table(
    "caps",
    metadata,
    Column("key", String(200), primary_key=True),
    needed("count", Integer),
    needed("expires", UtcDateTime, index=True),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("newsletter", String(200)),
    needed("number", Integer),
    needed("state", String(10)),
    needed("compiled", UtcDateTime),
    needed("subject", Text, default=""),
    needed("html", Text, default=""),
    needed("text", Text, default=""),
    needed("web_html", Text, default=""),
    needed("slot_key", String(32), default=""),
    # The subject with slots in it, where letters have other words there than pages; else empty.
    needed("letter_subject", Text, default="", server_default=""),
    needed("candidates", Integer, default=0),
    Column("started", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("expires", UtcDateTime),
    needed("paused_reason", Text, default=""),
    UniqueConstraint("newsletter", "number"),
    sqlite_autoincrement=True,
)

# `left_out` is when a recompiling left the item out that some had got already: it stays this issue's.
issue_items = Table(
    "issue_items",
    metadata,
    Column("newsletter", String(200), primary_key=True),
    Column("item_id", String(36), primary_key=True),
    needed("issue_id", Integer, index=True),
    needed("revision", Integer),
    needed("section", Text),
    needed("position", Integer),
    Column("left_out", UtcDateTime),
)

# Which of the operator's notes a newsletter has told its readers, in which issue: each once.
issue_notes = Table(
    "issue_notes",
    metadata,
    Column("newsletter", String(200), primary_key=True),
    Column("note_id", Integer, primary_key=True, autoincrement=False),
    needed("issue_id", Integer, index=True),
)

# `open` stands here and not in an index on deliveries.state, which would cost every mark 16-40 %.
batches = Table(
    "batches",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    needed("open", Boolean, default=True),
    needed("owner", String(100), default=""),
    Column("leased_until", UtcDateTime),
    Column("next_attempt", UtcDateTime),
    needed("failures", Integer, default=0),
    needed("stopped", Text, default=""),
    Index(None, "open", "next_attempt"),
)

# On PostgreSQL each issue has a partition of its own: see store/partitions.
deliveries = Table(
    "deliveries",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    needed("batch", Integer),
    needed("state", String(10)),
    needed("attempt", Integer, default=0),
    needed("was_unknown", Boolean, default=False),
    Column("next_attempt", UtcDateTime),
    Column("changed", UtcDateTime),
    needed("code", Integer, default=0),
    needed("reply", Text, default=""),
    needed("relay", Text, default=""),
    needed("segment", String(64), default="", server_default=""),
    Index(None, "issue_id", "batch", "subscriber_id"),
    Index(None, "subscriber_id"),
    postgresql_partition_by="LIST (issue_id)",
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("kind", String(20)),
    needed("dedupe_key", String(200), unique=True),
    needed("address", Text),
    needed("newsletter", String(200), default=""),
    needed("language", String(20), default=""),
    needed("data", JSON, default=dict),
    needed("state", String(10), default="queued"),
    needed("attempt", Integer, default=0),
    needed("was_unknown", Boolean, default=False),
    needed("created", UtcDateTime),
    Column("leased_until", UtcDateTime),
    Column("next_attempt", UtcDateTime),
    Column("changed", UtcDateTime),
    needed("code", Integer, default=0),
    needed("reply", Text, default=""),
    Index(None, "state", "next_attempt"),
    sqlite_autoincrement=True,
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", String(200), primary_key=True),
    needed("cron", String(100)),
    needed("zone", String(60)),
    needed("missed", String(10)),
    needed("since", UtcDateTime),
    Column("retired", UtcDateTime),
)

# The fence: a local date and time of a schedule happens once, however often it is fired.
occurrences = Table(
    "occurrences",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("schedule", String(200)),
    needed("local_date", String(10)),
    needed("local_time", String(5)),
    needed("due", UtcDateTime),
    needed("outcome", String(10), default="fired"),
    Column("issue_id", Integer),
    needed("recorded", UtcDateTime),
    UniqueConstraint("schedule", "local_date", "local_time"),
    sqlite_autoincrement=True,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("name", String(60)),
    needed("args", JSON, default=dict),
    needed("key", String(300), default=""),
    needed("priority", Integer, default=0),
    needed("state", String(10), default="waiting"),
    needed("due", UtcDateTime),
    needed("owner", String(100), default=""),
    Column("leased_until", UtcDateTime),
    needed("attempts", Integer, default=0),
    Column("result", JSON(none_as_null=True)),
    needed("error", Text, default=""),
    needed("created", UtcDateTime),
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
    needed("heartbeat", UtcDateTime),
    needed("role", String(10), default="run", server_default="run"),
    needed("queues", String(100), default="", server_default=""),
)
