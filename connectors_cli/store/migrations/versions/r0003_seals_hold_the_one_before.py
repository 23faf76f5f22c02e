"""The hash of the last sealed entry of a log, which the next seal covers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SEALED = sa.text("SELECT tenant_id, sealed_entries FROM log_heads WHERE sealed_entries > 0")
_HASH = sa.text(
    "SELECT hash FROM events WHERE tenant_id = :tenant ORDER BY id LIMIT 1 OFFSET :before"
)
_KEEP = sa.text("UPDATE log_heads SET sealed_hash = :found WHERE tenant_id = :tenant")


def upgrade() -> None:
    """Store the hash as it is; the existing seal shows whether it is the right one."""
    op.add_column("log_heads", sa.Column("sealed_hash", sa.String(length=64), nullable=True))
    connection = op.get_bind()
    for tenant, sealed in connection.execute(_SEALED).all():
        if isinstance(sealed, int):  # anything else was not written by connectors
            found = connection.execute(_HASH, {"tenant": tenant, "before": sealed - 1}).scalar()
            connection.execute(_KEEP, {"tenant": tenant, "found": found})
