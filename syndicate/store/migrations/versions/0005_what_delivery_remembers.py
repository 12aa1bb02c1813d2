"""What delivery remembers: attempts, renderings by segment, paces of domains and relays, bounces."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the new tables."""
    _create_attempts()
    _create_issue_renderings()


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
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("slot_key", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "segment", name="pk_issue_renderings"),
    )
