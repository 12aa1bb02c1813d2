"""The part of the schema that publishing fills: feeds, who is in them, corrections, the hub, partners.

See store/schema.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, UniqueConstraint, false

from syndicate.store.schema_collect import metadata, needed
from syndicate.store.types import String, Text, UtcDateTime

# `filled`, `filling` and `rendered` are fingerprints: of the rule that filled the feed, of the one by which
# it is being filled anew, and of all that its bytes depend on besides its entries. `documents` is the number
# of the archive document made last; none is given twice. `turn` counts changes of who is in it and where.
# `told`: the operator knows of a hold.
feeds = Table(
    "feeds",
    metadata,
    Column("name", String(200), primary_key=True),
    needed("id", String(36)),
    Column("retired", UtcDateTime),
    Column("published", UtcDateTime),
    needed("entries", Integer, default=0),
    needed("held", Text, default=""),
    needed("filled", String(64), default="", server_default=""),
    needed("rendered", String(64), default="", server_default=""),
    needed("last_position", BigInteger, default=0, server_default="0"),
    needed("documents", Integer, default=0, server_default="0"),
    needed("turn", BigInteger, default=0, server_default="0"),
    needed("filling", String(64), default="", server_default=""),
    needed("told", Boolean, default=False, server_default=false()),
)

# What is in a feed, in the order in which it came in; an entry is an item, or one replay of an item.
# `document` is its archive document, for ever; 0 while it stands in the subscription document. While a feed
# is filled anew, what will be in it stands under its name and a `+`, here and in feed_documents.
feed_entries = Table(
    "feed_entries",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("entry_id", String(36), primary_key=True),
    needed("item_id", String(36)),
    needed("position", BigInteger),
    needed("document", Integer, default=0),
    Column("replayed", UtcDateTime),
    Index(None, "feed", "document", "position"),
    Index(None, "item_id", "feed"),
)

# A feed's documents, 0 being the subscription document: how many entries its files show, and whether they are
# `due` to be written. `older` is the number of the archive document before it, 0 on the oldest.
feed_documents = Table(
    "feed_documents",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    needed("due", Boolean, default=True),
    needed("entries", Integer, default=0),
    needed("older", Integer, default=0),
    Index(None, "feed", "due"),
)

# Which items may look otherwise in a feed than when it was last published. A second change makes another
# stamp, so that what changed while it was published is not forgotten with it.
feed_changes = Table(
    "feed_changes",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("item_id", String(36), primary_key=True),
    needed("stamp", Integer, default=1),
)

# What the operator said of an item: `corrected`, `withdrawn`, `restored`.
item_notes = Table(
    "item_notes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("item_id", String(36), index=True),
    needed("kind", String(10)),
    needed("at", UtcDateTime, index=True),
    needed("revision", Integer),
    needed("note", Text, default=""),
    sqlite_autoincrement=True,
)

# Topics and callbacks may be longer than an index holds: their SHA-256 stands for them. `failures` counts
# the attempts since the callback last took something.
hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("topic", Text),
    needed("topic_key", String(64)),
    needed("callback", Text),
    needed("callback_key", String(64)),
    needed("host", String(300), index=True),
    needed("secret", Text, default=""),
    needed("created", UtcDateTime),
    needed("leased_until", UtcDateTime, index=True),
    needed("failures", Integer, default=0),
    UniqueConstraint("topic_key", "callback_key"),
    sqlite_autoincrement=True,
)

# A request to subscribe or unsubscribe whose callback has not answered yet (W3C WebSub, section 5.3), or a
# subscription that is denied, whose callback was not told yet; `error` is then the reason. `content` is the
# SHA-256 that the topic had when it was asked for.
hub_requests = Table(
    "hub_requests",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("mode", String(20)),
    needed("topic", Text),
    needed("topic_key", String(64)),
    needed("callback", Text),
    needed("callback_key", String(64)),
    needed("host", String(300), index=True),
    needed("secret", Text, default=""),
    needed("lease_seconds", Integer, default=0),
    needed("content", String(64), default=""),
    needed("created", UtcDateTime),
    needed("attempt", Integer, default=0),
    needed("next_attempt", UtcDateTime, index=True),
    needed("error", Text, default=""),
    sqlite_autoincrement=True,
)

# One row per subscription: what is sent is the topic's newest content, `content` the SHA-256 of what was
# taken last. News that come while some are sent make another `stamp`.
hub_deliveries = Table(
    "hub_deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("subscription_id", Integer, unique=True),
    needed("topic_key", String(64), index=True),
    needed("state", String(10), default="queued"),
    needed("stamp", Integer, default=1),
    needed("since", UtcDateTime),
    needed("attempt", Integer, default=0),
    needed("next_attempt", UtcDateTime),
    Column("delivered", UtcDateTime),
    needed("content", String(64), default=""),
    needed("code", Integer, default=0),
    needed("reply", Text, default=""),
    Index(None, "state", "next_attempt"),
    sqlite_autoincrement=True,
)

# Tokens are kept as their SHA-256: they are long and random.
partner_tokens = Table(
    "partner_tokens",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("partner", String(200), index=True),
    needed("label", String(200), default=""),
    needed("hash", String(64), unique=True),
    needed("created", UtcDateTime),
    Column("expires", UtcDateTime),
    Column("revoked", UtcDateTime),
    Column("last_used", UtcDateTime),
    sqlite_autoincrement=True,
)

# What a partner fetched or was pushed: `content` is the document's SHA-256.
partner_deliveries = Table(
    "partner_deliveries",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("partner", String(200)),
    needed("feed", String(200)),
    needed("form", String(20)),
    needed("at", UtcDateTime),
    needed("how", String(10)),
    needed("status", Integer),
    needed("size", BigInteger, default=0),
    needed("content", String(64), default=""),
    Column("token_id", Integer),
    Index(None, "partner", "at"),
    Index(None, "at"),
    Index(None, "content"),
    sqlite_autoincrement=True,
)

# Counts that outlive the log's rows; `day` is a date in UTC, `2026-03-01`.
partner_usage = Table(
    "partner_usage",
    metadata,
    Column("partner", String(200), primary_key=True),
    Column("feed", String(200), primary_key=True),
    Column("form", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    needed("fetched", Integer, default=0),
    needed("unchanged", Integer, default=0),
    needed("pushed", Integer, default=0),
    needed("refused", Integer, default=0),
    needed("size", BigInteger, default=0),
    Column("last", UtcDateTime),
)

# What of an item a partner got: the newest revision and when, anything of it first, and the withdrawal.
partner_receipts = Table(
    "partner_receipts",
    metadata,
    Column("partner", String(200), primary_key=True),
    Column("item_id", String(36), primary_key=True),
    needed("revision", Integer),
    needed("got", UtcDateTime),
    needed("first", UtcDateTime),
    Column("withdrawal", UtcDateTime),
    Index(None, "item_id"),
)

# What is at a partner's address now, and since when.
partner_documents = Table(
    "partner_documents",
    metadata,
    Column("partner", String(200), primary_key=True),
    Column("feed", String(200), primary_key=True),
    Column("form", String(20), primary_key=True),
    needed("content", String(64), index=True),
    needed("made", UtcDateTime),
)

# What each document of partners held, so that one fetched is known to the item.
partner_contents = Table(
    "partner_contents",
    metadata,
    Column("content", String(64), primary_key=True),
    Column("item_id", String(36), ForeignKey("items.id"), primary_key=True),
    needed("revision", Integer),
    needed("withdrawn", Boolean, default=False, server_default=false()),
    needed("made", UtcDateTime, index=True),
)

# The sitemaps that were written, and a fingerprint of what is in each.
sitemaps = Table(
    "sitemaps",
    metadata,
    Column("name", String(40), primary_key=True),
    needed("fingerprint", String(64)),
    needed("files", Integer, default=1),
    needed("modified", UtcDateTime),
)

# A feed as a partner gets it. `due` is when time alone changes it next: an embargo ends, an age is reached.
partner_feeds = Table(
    "partner_feeds",
    metadata,
    Column("partner", String(200), primary_key=True),
    Column("feed", String(200), primary_key=True),
    Column("published", UtcDateTime),
    needed("entries", Integer, default=0),
    needed("held", Text, default=""),
    Column("due", UtcDateTime, index=True),
)

# What a partner was ever given in a feed, since whoever was given an item has to learn that it was withdrawn.
# `shown` says that it stands there now, `fingerprint` what it looks like.
partner_entries = Table(
    "partner_entries",
    metadata,
    Column("partner", String(200), primary_key=True),
    Column("feed", String(200), primary_key=True),
    Column("item_id", String(36), primary_key=True),
    needed("revision", Integer),
    needed("fingerprint", String(64)),
    needed("released", UtcDateTime),
    needed("shown", Boolean),
    needed("withdrawn", Boolean),
    Index(None, "item_id"),
)

# Until when the operator holds an item back from a partner; an empty name stands for all of them.
partner_embargoes = Table(
    "partner_embargoes",
    metadata,
    Column("item_id", String(36), primary_key=True),
    Column("partner", String(200), primary_key=True),
    needed("until", UtcDateTime),
)

# Which addresses a cache in front of us is to be told of; `stamp` is raised when one changes again meanwhile.
purges = Table(
    "purges",
    metadata,
    Column("path", String(500), primary_key=True),
    needed("stamp", BigInteger),
    needed("since", UtcDateTime, index=True),
)
