"""What concerns a whole store: all its tenants at once."""

import json
from typing import Any

from connectors_cli import journal
from connectors_cli.access import Action, Role
from connectors_cli.database import Database
from connectors_cli.errors import NotPermitted, UsageError
from connectors_cli.settings import Settings, sqlite_path

SUBJECT = "store"


def local_path(settings: Settings, program: str) -> str:
    """Return the store's file; UsageError names the server's own program for one without."""
    path = sqlite_path(settings.store)
    if path is None:
        raise UsageError(
            f"a store on PostgreSQL is copied by the server's own programs, such as {program}",
            hint=f"{program} --help; `connectors export --all` takes a tenant's connectors",
        )
    return path


def require_owner(db: Database) -> None:
    """Raise NotPermitted for who does not own every tenant in it."""
    if any(role != Role.OWNER for _, role in roles(db)):
        raise NotPermitted(
            f"{db.principal} does not own every tenant in this store, and a backup holds them all",
            hint="ask who does; `connectors export --all` takes one tenant's connectors",
        )


def roles(db: Database) -> list[tuple[str, str | None]]:
    """Return every tenant of the store, with the actor's role in it."""
    sql = (
        "SELECT t.id, m.role FROM tenants t LEFT JOIN members m"
        " ON m.tenant_id = t.id AND m.principal = ? ORDER BY t.id"
    )
    return [(tenant, role) for tenant, role in db.rows(sql, (db.principal,))]


def record(
    db: Database, actor: journal.Actor, tenants: list[str], action: Action, noted: dict[str, Any]
) -> None:
    """Add an event to the log of each of these tenants."""
    for tenant in tenants:
        journal.append(db, actor, tenant, [(action, SUBJECT, "ok", json.dumps(noted))])
