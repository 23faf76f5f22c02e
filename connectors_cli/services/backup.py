"""Backups of a whole store."""

import json
import os
from contextlib import closing
from typing import Any

from connectors_cli.audit import log
from connectors_cli.audit.roles import Action, Role
from connectors_cli.errors import NotPermitted, Unwritable, UsageError
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.store.backup import copy as backup_copy
from connectors_cli.store.backup.contents import read_contents
from connectors_cli.store.backup.files import without_leftover_wal
from connectors_cli.store.read import database
from connectors_cli.store.read.database import Database

SUBJECT = "store"


def back_up(settings: Settings, target: str, *, replace: bool = False) -> dict[str, Any]:
    """Copy the whole store to a file; return what the file contains and which keys it needs.

    Requires an owner of every tenant; each tenant's log records it. A store that cannot be written
    is backed up all the same, since that is when a backup is needed: `unrecorded` gives the reason.

    Raises:
        NotPermitted: the user does not own every tenant.
        Conflict: the file exists.
        UsageError: the path cannot be a file's.
        StoreError: the store cannot be read.
    """
    path = local_path(settings, "pg_dump")
    backup_copy.check_target(path, target, replace=replace)
    unrecorded = _record_backup(settings, path, {"file": os.path.basename(target)})
    backup_copy.back_up(path, target, replace=replace)
    with closing(database.open_file(os.path.abspath(target))) as copy:
        held = read_contents(copy)
        hashes = last_hashes(copy)
    return {
        "file": os.path.abspath(target),
        "size": os.path.getsize(target),
        "schema_version": held.schema_version,
        "newest_event": held.newest_event,
        "tenants": held.by_tenant(),
        "last_hash": hashes,
        "unrecorded": unrecorded,
    }


def last_hashes(db: Database) -> dict[str, str | None]:
    """Return the hash of the last log entry of each tenant: what `log --verify --expect` takes."""
    rows = db.rows("SELECT tenant_id, hash FROM log_heads ORDER BY tenant_id")
    return {str(tenant): found for tenant, found in rows}


def local_path(settings: Settings, program: str) -> str:
    """Return the path of the store's file.

    Raises:
        UsageError: the store is on a server; names the `program` to use instead.
    """
    path = sqlite_path(settings.store)
    if path is None:
        raise UsageError(
            f"a PostgreSQL store is backed up with the server's own tools, such as {program}",
            hint=f"{program} --help; or export one tenant: connectors export --all",
        )
    return path


def require_owner(db: Database) -> None:
    """Raise NotPermitted unless the user owns every tenant of the store."""
    if any(role != Role.OWNER for _, role in roles(db)):
        raise NotPermitted(
            f"{db.principal} does not own every tenant, and a backup contains all of them",
            hint="ask their owners; or export one tenant: connectors export --all",
        )


def roles(db: Database) -> list[tuple[str, str | None]]:
    """Return every tenant of the store with the user's role in it, None without one."""
    sql = (
        "SELECT t.id, m.role FROM tenants t LEFT JOIN members m"
        " ON m.tenant_id = t.id AND m.principal IN (?, ?) ORDER BY t.id"
    )
    return [(tenant, role) for tenant, role in db.rows(sql, (db.principal, db.principal_id))]


def record(
    db: Database, actor: log.Actor, tenants: list[str], action: Action, noted: dict[str, Any]
) -> None:
    """Add an event to the log of each of these tenants."""
    for tenant in tenants:
        log.append(db, actor, tenant, [(action, SUBJECT, "ok", json.dumps(noted))])


def _record_backup(settings: Settings, path: str, noted: dict[str, Any]) -> str | None:
    """Record the backup in each tenant's log; return the reason if the store cannot be written."""
    try:
        with (
            closing(Workspace(settings)) as ws,
            ws.change(Action.STORE_BACKUP, SUBJECT, noted) as db,
        ):
            db.meta = ws.store.meta
            require_owner(db)
            others = [tenant for tenant, _ in roles(db) if tenant != ws.tenant]
            record(db, ws.actor, others, Action.STORE_BACKUP, noted)
    except Unwritable as error:
        with without_leftover_wal(path), closing(database.open_file(path)) as db:
            require_owner(db)
        return error.message
    return None
