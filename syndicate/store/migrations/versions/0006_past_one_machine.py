"""What many machines need: an issue's deliveries in a partition (PostgreSQL), services by role, archives."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NAMED = ("ix_deliveries_issue_id_batch_subscriber_id", "ix_deliveries_subscriber_id")


def upgrade() -> None:
    """Create the new tables, widen services, and partition deliveries."""
    op.add_column("services", sa.Column("role", sa.String(length=10), server_default="run", nullable=False))
    op.add_column("services", sa.Column("queues", sa.String(length=100), server_default="", nullable=False))
    _create_archived_issues()
    _create_purges()
    _create_moves()
    if op.get_bind().dialect.name == "postgresql":
        _partition_deliveries()


def _create_archived_issues() -> None:
    op.create_table(
        "archived_issues",
        sa.Column("issue_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("archived", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("removed", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("issue_id", name="pk_archived_issues"),
    )
    op.create_index("ix_archived_issues_removed", "archived_issues", ["removed"])


def _create_purges() -> None:
    op.create_table(
        "purges",
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("stamp", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_purges"),
    )
    op.create_index("ix_purges_since", "purges", ["since"])


def _create_moves() -> None:
    op.create_table(
        "moves",
        sa.Column("direction", sa.String(length=4), nullable=False),
        sa.Column("other", sa.Text(), nullable=False),
        sa.Column("begun", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("direction", name="pk_moves"),
    )
    op.create_table(
        "moved_tables",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_moved_tables"),
    )


def _partition_deliveries() -> None:
    # What is there becomes one partition as it stands: nothing is copied.
    op.rename_table("deliveries", "deliveries_before")
    op.execute("ALTER INDEX pk_deliveries RENAME TO pk_deliveries_before")
    for name in NAMED:
        op.execute(f"ALTER INDEX {name} RENAME TO {name.replace('deliveries', 'deliveries_before')}")
    _create_deliveries()
    found = op.get_bind().scalars(sa.text("SELECT DISTINCT issue_id FROM deliveries_before ORDER BY 1"))
    if ids := ", ".join(map(str, found)):
        op.execute(f"ALTER TABLE deliveries ATTACH PARTITION deliveries_before FOR VALUES IN ({ids})")
    else:
        op.drop_table("deliveries_before")


def _create_deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("issue_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("was_unknown", sa.Boolean(), nullable=False),
        sa.Column("next_attempt", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("relay", sa.Text(), nullable=False),
        sa.Column("segment", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name="pk_deliveries"),
        postgresql_partition_by="LIST (issue_id)",
    )
    op.create_index(NAMED[0], "deliveries", ["issue_id", "batch", "subscriber_id"])
    op.create_index(NAMED[1], "deliveries", ["subscriber_id"])
