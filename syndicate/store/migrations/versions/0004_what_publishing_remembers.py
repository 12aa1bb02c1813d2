"""What publishing remembers: who is in a feed and since when, corrections, the hub's callbacks, partners."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Widen what there is, then create the new tables."""
    _widen()
    _create_feed_entries()
    _create_feed_changes()
    _create_item_notes()
    _create_hub_subscriptions()
    _create_hub_requests()
    _create_hub_deliveries()
    _create_partner_tokens()
    _create_partner_deliveries()
    _create_partner_receipts()
    _create_partner_contents()


def _widen() -> None:
    """Feeds are filled at their next publication, as new ones are."""
    op.add_column("items", sa.Column("stamp", sa.Integer(), nullable=False, server_default="1"))
    for name in ("filled", "rendered"):
        op.add_column("feeds", sa.Column(name, sa.String(length=64), nullable=False, server_default=""))
    op.add_column("feeds", sa.Column("last_position", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("feeds", sa.Column("documents", sa.Integer(), nullable=False, server_default="0"))


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
    op.create_index("ix_feed_entries_item_id", "feed_entries", ["item_id"], unique=False)


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


def _create_hub_subscriptions() -> None:
    op.create_table(
        "hub_subscriptions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("callback_key", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_subscriptions"),
        sa.UniqueConstraint("topic_key", "callback_key", name="uq_hub_subscriptions_topic_key_callback_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_subscriptions_leased_until", "hub_subscriptions", ["leased_until"], unique=False)


def _create_hub_requests() -> None:
    op.create_table(
        "hub_requests",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("mode", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("callback", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("lease_seconds", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_requests"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_hub_requests_next_attempt", "hub_requests", ["next_attempt"], unique=False)


def _create_hub_deliveries() -> None:
    op.create_table(
        "hub_deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("topic_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hub_deliveries"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_hub_deliveries_state_next_attempt", "hub_deliveries", ["state", "next_attempt"], unique=False
    )
    op.create_index("ix_hub_deliveries_subscription_id", "hub_deliveries", ["subscription_id"], unique=False)
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
    op.create_index("ix_partner_deliveries_partner_at", "partner_deliveries", ["partner", "at"], unique=False)


def _create_partner_receipts() -> None:
    op.create_table(
        "partner_receipts",
        sa.Column("partner", sa.String(length=200), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("first", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("partner", "item_id", name="pk_partner_receipts"),
    )
    op.create_index("ix_partner_receipts_item_id", "partner_receipts", ["item_id"], unique=False)


def _create_partner_contents() -> None:
    op.create_table(
        "partner_contents",
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=36), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_partner_contents_item_id"),
        sa.PrimaryKeyConstraint("content", "item_id", name="pk_partner_contents"),
    )
