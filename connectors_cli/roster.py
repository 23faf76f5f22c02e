"""Who is in which tenant: rows of tenants and members, through the bare driver."""

from __future__ import annotations

from connectors_cli.dialects import as_rfc3339, in_bytes
from connectors_cli.membership import check_tenant_exists
from connectors_cli.rows import MEMBER, TENANT, Rows

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.database import Database
    from connectors_cli.rows import Column

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
    """Stream the tenants that who acts is a member of, by name; `current` is the one in use.

    The removed ones are there for their owners alone.
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
        " FROM tenants t JOIN members m ON m.tenant_id = t.id AND m.principal = ?"
        f" WHERE t.deleted_at {state}"
    )
    parameters.append(db.principal)
    if name is not None:
        sql += " AND t.id = ?"
        parameters.append(name)
    order = in_bytes(db.dialect, "t.id")
    return Rows("tenant", columns, db.rows(f"{sql} ORDER BY {order}", parameters))


def list_members(db: Database, tenant: str, columns: tuple[Column, ...] = MEMBER) -> Rows:
    """Stream a tenant's members, by name; NoTenant for who is none of them."""
    check_tenant_exists(db, tenant)
    homes = {"created_at": as_rfc3339(db.dialect, "m.created_at")}
    wanted = ", ".join(homes.get(column, f"m.{column}") for column, _ in columns)
    sql = f"SELECT {wanted} FROM members m WHERE m.tenant_id = ?"
    order = in_bytes(db.dialect, "m.principal")
    return Rows("member", columns, db.rows(f"{sql} ORDER BY {order}", (tenant,)))
