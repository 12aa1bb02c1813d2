"""What publishing remembers: who is in a feed and since when, corrections, the hub's callbacks, partners."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Widen what there is, then create the new tables."""
    _widen()
    _create_feed_entries()
    _create_feed_documents()
    _create_feed_changes()
    _create_item_notes()
    _create_issue_notes()
    _create_item_media()
    _create_hub_subscriptions()
    _create_hub_requests()
    _create_hub_deliveries()
    _create_partner_tokens()
    _create_partner_deliveries()
    _create_partner_usage()
    _create_partner_receipts()
    _create_partner_documents()
    _create_partner_contents()
    _create_partner_feeds()
    _create_partner_entries()
    _create_partner_embargoes()
    _create_sitemaps()


def _widen() -> None:
    """Feeds are filled at their next publication, as new ones are."""
    op.add_column("items", sa.Column("stamp", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("items", sa.Column("corrected", sa.DateTime(timezone=True), nullable=True))
    op.add_column("items", sa.Column("correction_note", sa.Text(), nullable=False, server_default=""))
    op.add_column("items", sa.Column("page_words", sa.JSON(), nullable=True))
    op.add_column("issue_items", sa.Column("left_out", sa.DateTime(timezone=True), nullable=True))
    for name in ("filled", "rendered", "filling"):
        op.add_column("feeds", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    for name in ("last_position", "turn"):
        op.add_column("feeds", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("documents", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()))


def _create_feed_entries() -> None:
    op.create_table(
        "feed_entries",
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Integer(), nullable=False),
        sa.Column("replayed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("feed", "entry_id", name="pk_feed_entries"),
    )
    op.create_index(
        "ix_feed_entries_feed_document_position",
        "feed_entries",
        ["feed", "document", "position"],
        unique=False,
    )
    op.create_index("ix_feed_entries_item_id_feed", "feed_entries", ["item_id", "feed"], unique=False)


def _create_feed_documents() -> None:
    op.create_table(
        "feed_documents",
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due", sa.Boolean(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("older", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "number", name="pk_feed_documents"),
    )
    op.create_index("ix_feed_documents_feed_due", "feed_documents", ["feed", "due"], unique=False)


def _create_feed_changes() -> None:
    op.create_table(
        "feed_changes",
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "item_id", name="pk_feed_changes"),
    )


def _create_item_notes() -> None:
    op.create_table(
        "item_notes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_item_notes"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_item_notes_at", "item_notes", ["at"], unique=False)
    op.create_index("ix_item_notes_item_id", "item_notes", ["item_id"], unique=False)


def _create_issue_notes() -> None:
    op.create_table(
        "issue_notes",
        sa.Column("newsletter", sa.String(length=200), nullable=False),
        sa.Column("note_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("newsletter", "note_id", name="pk_issue_notes"),
    )
    op.create_index("ix_issue_notes_issue_id", "issue_notes", ["issue_id"], unique=False)


def _create_item_media() -> None:
    """What is stored already is gone through once: its images are named in the content alone."""
    item_media = op.create_table(
        "item_media",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("name", "item_id", name="pk_item_media"),
    )
    revisions = sa.table("revisions", sa.column("item_id"), sa.column("content", sa.JSON))
    media = revisions.c.content["image"]["media"].as_string()
    shown = sa.select(media, revisions.c.item_id).where(media != "").distinct()
    op.execute(item_media.insert().from_select(["name", "item_id"], shown))


def _create_hub_subscriptions() -> None:
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("callback_key", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_subscriptions"),
        sa.UniqueConstraint("topic_key", "callback_key", name="uq_hub_subscriptions_topic_key_callback_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_subscriptions_host", "hub_subscriptions", ["host"], unique=False)
    op.create_index("ix_hub_subscriptions_leased_until", "hub_subscriptions", ["leased_until"], unique=False)


def _create_hub_requests() -> None:
    op.create_table(
        "hub_requests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("callback_key", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=300), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_requests_host", "hub_requests", ["host"], unique=False)
    op.create_index("ix_hub_requests_next_attempt", "hub_requests", ["next_attempt"], unique=False)


def _create_hub_deliveries() -> None:
    op.create_table(
        "hub_deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_deliveries"),
        sa.UniqueConstraint("subscription_id", name="uq_hub_deliveries_subscription_id"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_hub_deliveries_state_next_attempt", "hub_deliveries", ["state", "next_attempt"], unique=False
    )
    op.create_index("ix_hub_deliveries_topic_key", "hub_deliveries", ["topic_key"], unique=False)


def _create_partner_tokens() -> None:
    op.create_table(
        "partner_tokens",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_partner_tokens"),
        sa.UniqueConstraint("hash", name="uq_partner_tokens_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_partner_tokens_partner", "partner_tokens", ["partner"], unique=False)


def _create_partner_deliveries() -> None:
    op.create_table(
        "partner_deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_partner_deliveries"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_partner_deliveries_at", "partner_deliveries", ["at"], unique=False)
    op.create_index("ix_partner_deliveries_content", "partner_deliveries", ["content"], unique=False)
    op.create_index("ix_partner_deliveries_partner_at", "partner_deliveries", ["partner", "at"], unique=False)


def _create_partner_usage() -> None:
    op.create_table(
        "partner_usage",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("pushed", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("partner", "feed", "form", "day", name="pk_partner_usage"),
    )


def _create_partner_receipts() -> None:
    op.create_table(
        "partner_receipts",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("got", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawal", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("partner", "item_id", name="pk_partner_receipts"),
    )
    op.create_index("ix_partner_receipts_item_id", "partner_receipts", ["item_id"], unique=False)


def _create_partner_documents() -> None:
    op.create_table(
        "partner_documents",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner", "feed", "form", name="pk_partner_documents"),
    )
    op.create_index("ix_partner_documents_content", "partner_documents", ["content"], unique=False)


def _create_partner_contents() -> None:
    op.create_table(
        "partner_contents",
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("made", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_partner_contents_item_id"),
        sa.PrimaryKeyConstraint("content", "item_id", name="pk_partner_contents"),
    )
    op.create_index("ix_partner_contents_made", "partner_contents", ["made"], unique=False)


def _create_sitemaps() -> None:
    op.create_table(
        "sitemaps",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("modified", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sitemaps"),
    )


def _create_partner_feeds() -> None:
    op.create_table(
        "partner_feeds",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("partner", "feed", name="pk_partner_feeds"),
    )
    op.create_index("ix_partner_feeds_due", "partner_feeds", ["due"], unique=False)


def _create_partner_entries() -> None:
    op.create_table(
        "partner_entries",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("feed", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("released", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "feed", "item_id", name="pk_partner_entries"),
    )
    op.create_index("ix_partner_entries_item_id", "partner_entries", ["item_id"], unique=False)


def _create_partner_embargoes() -> None:
    op.create_table(
        "partner_embargoes",
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "partner", name="pk_partner_embargoes"),
    )
