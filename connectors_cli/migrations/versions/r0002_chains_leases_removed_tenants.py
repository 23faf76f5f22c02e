"""Chained and sealed events, leases, and tenants that are removed and can come back."""

import sqlalchemy as sa
from alembic import op

from connectors_cli.tables import Timestamp

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("events", sa.Column("previous_hash", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("hash", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("seal", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("seal_key_id", sa.String(length=16), nullable=True))
    op.add_column("tenants", sa.Column("deleted_at", Timestamp(), nullable=True))
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
