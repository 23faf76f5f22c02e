"""Presets of a tenant."""

from __future__ import annotations

from connectors_cli.errors import NotFound
from connectors_cli.store.read.database import as_rfc3339, as_text
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.rows import PRESET, Rows
from connectors_cli.system.text import composed

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.store.read.database import Database
    from connectors_cli.store.read.rows import Column


def list_presets(db: Database, tenant: str, columns: tuple[Column, ...] = PRESET) -> Rows:
    """Return a tenant's presets, sorted by name; raises NoTenant."""
    check_tenant_exists(db, tenant)
    homes = {
        "catalog_key": "t.key",
        "config": as_text(db.dialect, "p.config"),
        "created_at": as_rfc3339(db.dialect, "p.created_at"),
    }
    wanted = ", ".join(homes.get(name, f"p.{name}") for name, _ in columns)
    sql = f"{_select(wanted)} ORDER BY p.name"
    return Rows("preset", columns, db.rows(sql, (tenant,)))


def preset(db: Database, tenant: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return a preset's type and config; raises NotFound."""
    import json

    check_tenant_exists(db, tenant)
    wanted = f"t.key, {as_text(db.dialect, 'p.config')}"
    sql = f"{_select(wanted)} AND p.name = ?"
    row = db.one(sql, (tenant, composed(name)))
    if row is None:
        raise no_preset(name)
    return row[0], json.loads(row[1])


def no_preset(name: str) -> NotFound:
    """Return the error for an unknown preset."""
    return NotFound(f"no preset {name[:100]!r}", hint="list the presets: connectors preset list")


def _select(wanted: str) -> str:
    return (
        f"SELECT {wanted} FROM presets p JOIN connector_catalog t ON p.catalog_id = t.id"
        " WHERE p.tenant_id = ?"
    )
