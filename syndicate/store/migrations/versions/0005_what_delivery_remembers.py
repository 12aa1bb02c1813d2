"""What delivery remembers: attempts, renderings by segment, paces of domains and relays, bounces."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the new tables."""
    _create_attempts()
    _create_issue_renderings()
    _create_bounces()
    _create_paces()
    _create_preflights()
    _widen_for_segments()
    _hasten_senders()


def _create_attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", "attempt", name="pk_attempts"),
    )
    op.create_index("ix_attempts_subscriber_id", "attempts", ["subscriber_id"])


def _create_issue_renderings() -> None:
    op.create_table(
        "issue_renderings",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("segment", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=False),
        sa.Column("sections", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("slot_key", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "segment", name="pk_issue_renderings"),
    )


def _widen_for_segments() -> None:
    for table, column, kind in (
        ("subscriptions", "sections", sa.Text()),
        ("issues", "letter_subject", sa.Text()),
        ("deliveries", "segment", sa.String(length=64)),
    ):
        op.add_column(table, sa.Column(column, kind, server_default="", nullable=False))


def _create_bounces() -> None:
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("issue_id", sa.Integer(), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("class", sa.String(length=20), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.String(length=20), nullable=False),
        sa.Column("raw", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
        sa.UniqueConstraint("provider", "event_id", name="uq_bounces_provider_event_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_bounces_subscriber_id", "bounces", ["subscriber_id"])
    op.create_index("ix_bounces_issue_id_applied", "bounces", ["issue_id", "applied"])
    op.create_index("ix_bounces_received", "bounces", ["received"])


def _create_paces() -> None:
    op.create_table(
        "paces",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("relay", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signs", sa.Integer(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("domain", "relay", name="pk_paces"),
    )
    op.create_table(
        "sent_days",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "day", name="pk_sent_days"),
    )
    op.create_table(
        "mail_hosts",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", name="pk_mail_hosts"),
    )


def _hasten_senders() -> None:
    op.create_table(
        "departures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departures"),
        sqlite_autoincrement=True,
    )
    op.drop_index("ix_deliveries_issue_id_batch", "deliveries")
    columns = ["issue_id", "batch", "subscriber_id"]
    op.create_index("ix_deliveries_issue_id_batch_subscriber_id", "deliveries", columns)


def _create_preflights() -> None:
    op.create_table(
        "preflights",
        sa.Column("issue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("linked", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("issue_id", name="pk_preflights"),
    )
