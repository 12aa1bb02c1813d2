"""Alarms of rates that stay as they fell: from then on they are measured anew."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the time."""
    op.add_column("alarms", sa.Column("settled", sa.DateTime(timezone=True), nullable=True))
