"""Folded names: what a connector's name looks like, unique within a tenant; indexes of a tenant."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from connectors_cli.system.confusables import look_columns

revision = "0006"
down_revision = "0005"

_BLOCK = 1000
_LIVE = "deleted_at IS NULL"
_FILL = sa.text("UPDATE connectors SET folded = :folded, lookalike = :lookalike WHERE id = :row_id")
_SECOND_OF_A_LOOK = (
    "SELECT id FROM (SELECT id, ROW_NUMBER() OVER"
    " (PARTITION BY tenant_id, folded ORDER BY created_at, id) AS place"
    f" FROM connectors WHERE {_LIVE}) AS placed WHERE place > 1"
)


def upgrade() -> None:
    """Add the columns, fill them from the names, and create the indexes."""
    op.add_column("connectors", sa.Column("folded", sa.Text(), nullable=True))
    op.add_column("connectors", sa.Column("lookalike", sa.Text(), nullable=True))
    connection = op.get_bind()
    for block in _names(connection):
        connection.execute(_FILL, block)
    # Older programs could store names that look the same: both keep working, and both are found
    # by their look, but only the first one counts for the index.
    connection.exec_driver_sql(
        "UPDATE connectors SET lookalike = folded, folded = NULL"
        f" WHERE {_LIVE} AND id IN ({_SECOND_OF_A_LOOK})"
    )
    _index("idx_connectors_folded", ["tenant_id", "folded"], _LIVE, unique=True)
    _index("idx_connectors_lookalike", ["tenant_id", "lookalike"], "lookalike IS NOT NULL")
    op.create_index("idx_connectors_tenant_key", "connectors", ["tenant_id", "key_id"])
    by_bytes = ' COLLATE "C"' if connection.dialect.name == "postgresql" else ""
    op.create_index(
        "idx_connectors_tenant_name", "connectors", ["tenant_id", sa.text(f"name{by_bytes}")]
    )


def _index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    only = sa.text(condition)
    op.create_index(
        name, "connectors", columns, unique=unique, sqlite_where=only, postgresql_where=only
    )


def _names(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    """Yield what each row's columns become, in blocks; bytes that are no text are replaced."""
    name = "CAST(name AS BLOB)" if connection.dialect.name == "sqlite" else "name"
    query = sa.text(
        f"SELECT id, {name} FROM connectors WHERE id > :last ORDER BY id LIMIT {_BLOCK}"
    )
    last = ""
    while rows := connection.execute(query, {"last": last}).all():
        last = rows[-1][0]
        yield [{**look_columns(_text(found)), "row_id": row_id} for row_id, found in rows]


def _text(found: str | bytes) -> str:
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else found
