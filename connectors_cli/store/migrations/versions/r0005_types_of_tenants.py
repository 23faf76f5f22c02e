"""Custom types belong to a tenant: each tenant that uses one gets its own copy."""

import uuid
from typing import Any

import sqlalchemy as sa
from alembic import op

from connectors_cli.store.orm.tables import Timestamp

revision = "0005"
down_revision = "0004"
_NAMESPACE = uuid.UUID("6f1f3c0e-54c1-5d0a-9d26-0c8d8f3c7a11")
_JSON = ("capabilities", "default_config_schema", "auth_schema", "oauth", "probe")
_COLUMNS = ", ".join(
    (
        *("key", "name", "description", "category", "icon", "auth_type", *_JSON),
        *("lifecycle", "notice", "source", "digest", "created_at"),
    )
)


def upgrade() -> None:
    """Add the tenant, make the key unique per tenant, and give each custom type to its tenants."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        _rebuild(connection)
    else:
        op.drop_constraint("connector_catalog_key_key", "connector_catalog", type_="unique")
        op.add_column("connector_catalog", sa.Column("tenant_id", sa.String(64), nullable=True))
    op.create_index(
        "idx_catalog_tenant_key", "connector_catalog", ["tenant_id", "key"], unique=True
    )
    _divide(connection)


def _rebuild(connection: sa.Connection) -> None:
    """SQLite cannot drop the constraint: create the table again, and fill it."""
    connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # until the rows are back
    connection.exec_driver_sql("CREATE TEMP TABLE types_before AS SELECT * FROM connector_catalog")
    op.drop_table("connector_catalog")
    op.create_table(
        "connector_catalog",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=50), nullable=False),
        sa.Column("icon", sa.String(length=100), nullable=False),
        sa.Column("auth_type", sa.String(length=20), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=name in {"oauth", "probe"}) for name in _JSON),
        sa.Column("lifecycle", sa.String(length=20), nullable=False),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    columns = f"id, {_COLUMNS}"
    connection.exec_driver_sql(
        f"INSERT INTO connector_catalog ({columns}) SELECT {columns} FROM types_before"
    )
    connection.exec_driver_sql("DROP TABLE types_before")


def _divide(connection: sa.Connection) -> None:
    query = "SELECT id, key FROM connector_catalog WHERE source = 'custom' AND tenant_id IS NULL"
    for old, key in connection.execute(sa.text(query)).all():
        for tenant in _tenants(connection, old, key):
            _copy(connection, old, key, tenant)
        connection.execute(sa.text("DELETE FROM connector_catalog WHERE id = :old"), {"old": old})


def _tenants(connection: sa.Connection, old: str, key: str) -> list[str]:
    """Return the tenants that use a type; without any, the one that added it, else the first."""
    users = (
        "SELECT tenant_id FROM connectors WHERE catalog_id = :old"
        " UNION SELECT tenant_id FROM presets WHERE catalog_id = :old"
    )
    added = (
        "SELECT tenant_id FROM events WHERE action = 'catalog.add' AND subject = :key"
        " AND outcome = 'ok' ORDER BY id DESC LIMIT 1"
    )
    for query in (users, added, "SELECT id FROM tenants ORDER BY created_at, id LIMIT 1"):
        named = {name: value for name, value in (("old", old), ("key", key)) if f":{name}" in query}
        if found := connection.execute(sa.text(query), named).scalars().all():
            return [str(tenant) for tenant in found]
    return []


def _copy(connection: sa.Connection, old: str, key: str, tenant: str) -> None:
    new = str(uuid.uuid5(_NAMESPACE, f"{tenant}/{key}"))
    named: dict[str, Any] = {"new": new, "tenant": tenant, "old": old}
    connection.execute(
        sa.text(
            f"INSERT INTO connector_catalog (id, tenant_id, {_COLUMNS})"
            f" SELECT :new, :tenant, {_COLUMNS} FROM connector_catalog WHERE id = :old"
        ),
        named,
    )
    for table in ("connectors", "presets"):
        connection.execute(
            sa.text(
                f"UPDATE {table} SET catalog_id = :new"
                " WHERE catalog_id = :old AND tenant_id = :tenant"
            ),
            named,
        )
