"""Who is what in a tenant: a tenant is there for its members alone."""

from __future__ import annotations

from connectors_cli.errors import NoTenant

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.database import Database


def role_of(db: Database, tenant: str, principal: str) -> str | None:
    """Return a principal's role in a tenant that is there; None for who is no member."""
    role, is_removed = standing(db, tenant, principal)
    return None if is_removed else role


def standing(
    db: Database, tenant: str, principal: str, *, hold: bool = False
) -> tuple[str | None, bool]:
    """Return a principal's role in a tenant, None for who is no member, and whether it is removed.

    With `hold` it stays so until the transaction ends.
    """
    sql = (
        "SELECT m.role, t.deleted_at IS NOT NULL FROM members m JOIN tenants t"
        " ON t.id = m.tenant_id WHERE m.tenant_id = ? AND m.principal = ?"
    )
    if hold and db.dialect == "postgresql":  # SQLite has one writer at a time
        sql += " FOR SHARE"
    row = db.one(sql, (tenant, principal))
    return (row[0], bool(row[1])) if row else (None, False)


def check_tenant_exists(db: Database, tenant: str) -> None:
    """Raise NoTenant when the store has no such tenant for who acts: one he is a member of."""
    if not is_tenant_there(db, tenant):
        raise NoTenant(tenant)


def is_tenant_there(db: Database, tenant: str) -> bool:
    """Tell whether the store has a tenant for who acts."""
    return role_of(db, tenant, db.principal) is not None
