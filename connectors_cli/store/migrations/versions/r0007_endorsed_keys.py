"""Endorsements of keys: each key of a tenant is endorsed by the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; an active key is endorsed by itself with the next change."""
    op.add_column("keys", sa.Column("endorsed_by", sa.String(length=16), nullable=True))
    op.add_column("keys", sa.Column("endorsement", sa.String(length=64), nullable=True))
