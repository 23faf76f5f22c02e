"""Chained and sealed events, leases, and removed tenants that can be restored."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from connectors_cli.store.orm.tables import Timestamp
from connectors_cli.vault.log_seals import hash_entry

revision = "0002"
down_revision = "0001"

_BLOCK = 1000
_AT = {
    "sqlite": "at",
    "postgresql": """to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""",
}


def upgrade() -> None:
    op.add_column("events", sa.Column("previous_hash", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("hash", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("seal", sa.String(length=64), nullable=True))
    op.add_column("events", sa.Column("seal_key_id", sa.String(length=16), nullable=True))
    op.add_column("tenants", sa.Column("deleted_at", Timestamp(), nullable=True))
    op.create_table(
        "log_heads",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.Column("sealed_entries", sa.Integer(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.Column("seal_key_id", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    _chain(op.get_bind())


def _chain(connection: sa.Connection) -> None:
    """Chain each tenant's existing events in order; the next event seals them."""
    heads: dict[str, tuple[int, str | None]] = {
        tenant: (0, None)
        for (tenant,) in connection.execute(
            sa.text("SELECT id FROM tenants UNION SELECT tenant_id FROM events")
        )
    }
    last_id = 0
    while rows := _block(connection, last_id):
        hashes = []
        for row_id, *entry in rows:
            entries, previous = heads[entry[1]]
            found = hash_entry(previous, (*entry, None))
            heads[entry[1]] = (entries + 1, found)
            hashes.append({"row_id": row_id, "previous": previous, "found": found})
            last_id = row_id
        connection.execute(
            sa.text(
                "UPDATE events SET previous_hash = :previous, hash = :found WHERE id = :row_id"
            ),
            hashes,
        )
    for tenant, (entries, last) in heads.items():
        connection.execute(
            sa.text("INSERT INTO log_heads (tenant_id, entries, hash) VALUES (:t, :n, :h)"),
            {"t": tenant, "n": entries, "h": last},
        )


def _block(connection: sa.Connection, last_id: int) -> Sequence[Any]:
    text = "details" if connection.dialect.name == "sqlite" else "details::text"
    query = (
        f"SELECT id, {_AT[connection.dialect.name]}, tenant_id, principal, email, action, subject,"
        f" outcome, {text} FROM events WHERE id > {last_id} ORDER BY id LIMIT {_BLOCK}"
    )
    return connection.exec_driver_sql(query).fetchall()
