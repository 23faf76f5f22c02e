"""Membership in tenants: to non-members a tenant looks as if it did not exist."""

from __future__ import annotations

from connectors_cli.errors import NoTenant, StoreError
from connectors_cli.store.read.database import os_user

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.store.read.database import Database

_LOCK = "pg_advisory_xact_lock(4407637, hashtext(m.tenant_id))"


def role_of(db: Database, tenant: str, principal: str) -> str | None:
    """Return a principal's role in a tenant; None for non-members and in a removed tenant."""
    role, is_removed = membership(db, tenant, principal)
    return None if is_removed else role


def membership(
    db: Database, tenant: str, principal: str, *, hold: bool = False, alone: bool = False
) -> tuple[str | None, bool]:
    """Return the user's role in a tenant, None for non-members, and whether it is removed.

    A member is known by name, or by number (`uid-1000`) if added while there was no name.

    With `hold` neither can change until the transaction ends. If it is also `alone`, the
    transaction waits for others of the tenant that are, and they for it.
    """
    columns = "m.role, t.deleted_at IS NOT NULL"
    source = (
        " FROM members m JOIN tenants t"
        " ON t.id = m.tenant_id WHERE m.tenant_id = ? AND m.principal IN (?, ?)"
    )
    if hold and db.dialect == "postgresql":  # SQLite has one writer at a time
        source += " FOR SHARE"
        columns += f", {_LOCK}" if alone else ""
    sql = f"SELECT {columns}{source}"
    row = db.one(sql, (tenant, principal, db.principal_id))
    if row is None:
        _check_named(db, principal)
    return (row[0], bool(row[1])) if row else (None, False)


def _check_named(db: Database, principal: str) -> None:
    """Raise StoreError for a user whose name is not known, or is that of another user here.

    A look-up of the name may have failed, and then this user is a member under a name. The answer
    is the same for every tenant, also for one that does not exist.
    """
    if db.dialect != "sqlite" or principal != db.principal_id:
        return
    number = principal.removeprefix("uid-")
    if (name := os_user()) != principal:
        raise StoreError(
            f"{name} is another user here: the one that the store knows by this name had another"
            f" number than {number}",
            hint="an owner can remove that member and add you; if your number was changed:"
            " connectors help troubleshooting",
        )
    if db.one("SELECT 1 FROM members WHERE principal NOT LIKE 'uid-%'"):
        raise StoreError(
            f"the name of user {number} cannot be looked up, and the store knows its members by"
            " name",
            hint=f"check that this shows a name: id -un {number}",
        )


def check_tenant_exists(db: Database, tenant: str) -> None:
    """Raise NoTenant unless the tenant exists and the current user is a member of it."""
    if not tenant_exists(db, tenant):
        raise NoTenant(tenant)


def tenant_exists(db: Database, tenant: str) -> bool:
    """Return whether the tenant exists and the current user is a member of it."""
    return role_of(db, tenant, db.principal) is not None
