"""The part of the schema that delivery fills besides deliveries themselves: attempts, renderings, paces,
bounces.

See store/schema.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, Table, UniqueConstraint

from syndicate.store.schema_collect import metadata, needed
from syndicate.store.types import String, Text, UtcDateTime

# What came of each attempt, but for those that were accepted at the first: these stand in deliveries alone.
attempts = Table(
    "attempts",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    Column("subscriber_id", Integer, primary_key=True, autoincrement=False, index=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    needed("at", UtcDateTime),
    needed("state", String(10)),
    needed("code", Integer, default=0),
    needed("reply", Text, default=""),
    needed("relay", Text, default=""),
)

# An issue as some of its readers get it, by their segment; the issue's own rendering stands in issues.
# Without html, none of the sections has anything: whoever chose these gets no mail.
issue_renderings = Table(
    "issue_renderings",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    Column("segment", String(64), primary_key=True),
    needed("language", String(20)),
    needed("sections", Text),
    needed("subject", Text),
    needed("html", Text),
    needed("text", Text),
    needed("slot_key", String(32)),
)

# What came back of our mail: one row for each recipient that a mail, a webhook or a reply speaks of.
# `event_id` with its provider makes the same report twice one row. `raw` names the file of the mail while it
# is kept; `issue_id` 0 is a notice mail. `subscriber_id` is empty where nobody of ours was found.
bounces = Table(
    "bounces",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    needed("received", UtcDateTime),
    needed("kind", String(10)),
    needed("source", String(10)),
    needed("provider", String(10)),
    needed("event_id", String(200)),
    Column("issue_id", Integer),
    Column("subscriber_id", Integer),
    needed("action", String(10), default=""),
    needed("status", String(20), default=""),
    needed("reason", String(20)),
    needed("class", String(20)),
    needed("diagnostic", Text, default=""),
    needed("vouched", Boolean),
    needed("applied", String(20), default=""),
    needed("raw", String(100), default=""),
    UniqueConstraint("provider", "event_id"),
    Index(None, "subscriber_id"),
    Index(None, "issue_id", "applied"),
    Index(None, "received"),
    sqlite_autoincrement=True,
)

# Domains (or a relay as a whole: the empty domain) that are slowed or paused, until they have recovered.
# `rate` is in messages a second, `signs` and `pauses` count in a row; `told`: the operator has a mail of it.
paces = Table(
    "paces",
    metadata,
    Column("domain", String(255), primary_key=True),
    Column("relay", String(255), primary_key=True),
    needed("kind", String(10)),
    needed("rate", Float),
    needed("since", UtcDateTime),
    needed("changed", UtcDateTime),
    Column("until", UtcDateTime),
    needed("signs", Integer, default=0),
    needed("pauses", Integer, default=0),
    needed("why", Text, default=""),
    needed("told", Boolean, default=False),
)

# How many mails left on a day (UTC) over a relay or from a sender domain, while a ramp counts them.
sent_days = Table(
    "sent_days",
    metadata,
    Column("key", String(300), primary_key=True),
    Column("day", String(10), primary_key=True),
    needed("count", Integer),
)

# Whose mail host takes a domain's mail, as DNS told; empty where it could not.
mail_hosts = Table(
    "mail_hosts",
    metadata,
    Column("domain", String(255), primary_key=True),
    needed("host", String(255)),
    needed("checked", UtcDateTime),
)

# That somebody left, was suppressed or was forgotten; see store/departures.
departures = Table(
    "departures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    sqlite_autoincrement=True,
)

# What came of an issue's links in its pre-flight, as plain values; `accepted` is when the operator let it go
# whatever was found.
preflights = Table(
    "preflights",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    needed("checked", UtcDateTime),
    needed("fingerprint", String(64)),
    needed("linked", JSON),
    Column("accepted", UtcDateTime),
)

# What stays of an issue whose deliveries were archived: where the file is, `size` its bytes, and all that a
# report counts, as plain values. `removed` is when the last of the rows had gone.
archived_issues = Table(
    "archived_issues",
    metadata,
    Column("issue_id", Integer, primary_key=True, autoincrement=False),
    needed("archived", UtcDateTime),
    needed("host", String(255), default=""),
    needed("file", String(200)),
    needed("size", BigInteger),
    needed("sha256", String(64)),
    needed("deliveries", Integer),
    needed("attempts", Integer),
    needed("counts", JSON),
    Column("removed", UtcDateTime, index=True),
)
