"""Row seals of version 2: the revision of a connector's row, and its last one in the log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns; rows keep their seals of version 1 until they are sealed again."""
    op.add_column("connectors", sa.Column("revision", sa.Integer(), nullable=True))
    op.create_index(
        "idx_connectors_older",
        "connectors",
        ["tenant_id"],
        sqlite_where=sa.text("revision IS NULL"),
        postgresql_where=sa.text("revision IS NULL"),
    )
    op.add_column("events", sa.Column("connector_id", sa.String(length=36), nullable=True))
    op.add_column("events", sa.Column("revision", sa.Integer(), nullable=True))
    op.create_index(
        "idx_events_connector",
        "events",
        ["connector_id", "id"],
        sqlite_where=sa.text("revision IS NOT NULL"),
        postgresql_where=sa.text("revision IS NOT NULL"),
    )
