"""Tenants and their members."""

from __future__ import annotations

from connectors_cli.store.read.database import as_rfc3339, byte_order
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.rows import MEMBER, TENANT, Rows

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.store.read.database import Database
    from connectors_cli.store.read.rows import Column

_CONNECTORS = (
    "(SELECT COUNT(*) FROM connectors c WHERE c.tenant_id = t.id AND c.deleted_at IS NULL)"
)
_KEY = "(SELECT k.id FROM keys k WHERE k.tenant_id = t.id AND k.state = 'active')"


def list_tenants(
    db: Database,
    current: str,
    columns: tuple[Column, ...] = TENANT,
    *,
    removed: bool = False,
    name: str | None = None,
) -> Rows:
    """Return the tenants of the current user, sorted by name; `current` marks the selected one.

    With `removed`, return the removed ones that the user owns.
    """
    homes = {
        "name": "t.id",
        "role": "m.role",
        "connectors": _CONNECTORS,
        "created_at": as_rfc3339(db.dialect, "t.created_at"),
        "key_id": _KEY,
        "current": "t.id = ?",
    }
    state = "IS NOT NULL AND m.role = 'owner'" if removed else "IS NULL"
    parameters = [current for column, _ in columns if column == "current"]
    sql = (
        f"SELECT {', '.join(homes[column] for column, _ in columns)}"
        " FROM tenants t JOIN members m ON m.tenant_id = t.id AND m.principal IN (?, ?)"
        f" WHERE t.deleted_at {state}"
    )
    parameters += [db.principal, db.principal_id]
    if name is not None:
        sql += " AND t.id = ?"
        parameters.append(name)
    order = byte_order(db.dialect, "t.id")
    return Rows("tenant", columns, db.rows(f"{sql} ORDER BY {order}", parameters))


def list_members(db: Database, tenant: str, columns: tuple[Column, ...] = MEMBER) -> Rows:
    """Return a tenant's members, sorted by name; raises NoTenant for non-members."""
    check_tenant_exists(db, tenant)
    homes = {"created_at": as_rfc3339(db.dialect, "m.created_at")}
    wanted = ", ".join(homes.get(column, f"m.{column}") for column, _ in columns)
    sql = f"SELECT {wanted} FROM members m WHERE m.tenant_id = ?"
    order = byte_order(db.dialect, "m.principal")
    return Rows("member", columns, db.rows(f"{sql} ORDER BY {order}", (tenant,)))


def deleted_at(db: Database, tenant: str) -> str | None:
    """Return when a tenant was removed, empty if it was not, and None without the tenant."""
    moment = as_rfc3339(db.dialect, "deleted_at")
    found = db.one(f"SELECT COALESCE({moment}, '') FROM tenants WHERE id = ?", (tenant,))
    return str(found[0]) if found else None


def count_rows(db: Database, table: str, tenant: str) -> int:
    """Return how many rows of a table a tenant has, removed connectors included."""
    found = db.one(f"SELECT COUNT(*) FROM {table} WHERE tenant_id = ?", (tenant,))
    return int(found[0]) if found else 0


def last_hash(db: Database, tenant: str) -> str | None:
    """Return the hash of the last event of a tenant's log; None without events."""
    sql = "SELECT hash FROM events WHERE tenant_id = ? ORDER BY id DESC LIMIT 1"
    found = db.one(sql, (tenant,))
    return found[0] if found else None
