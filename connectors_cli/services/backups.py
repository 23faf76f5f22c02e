"""Backups of a whole store."""

import os
from contextlib import closing
from typing import Any

from sqlmodel import Session

from connectors_cli import copies, database
from connectors_cli.access import Action
from connectors_cli.database import Database
from connectors_cli.errors import Unwritable
from connectors_cli.holdings import holdings
from connectors_cli.settings import Settings
from connectors_cli.traceless import leaving_no_log
from connectors_cli.whole_store import SUBJECT, local_path, record, require_owner, roles
from connectors_cli.workspace import Workspace


def back_up(settings: Settings, target: str, *, replace: bool = False) -> dict[str, Any]:
    """Copy the whole store to a file; return what the file holds and which keys that needs.

    For who owns every tenant in it; recorded in each. Where the store cannot be written,
    `unrecorded` says why: a backup reveals nothing, and a disk that fails is when it is wanted.
    Raises NotPermitted, Conflict for a file that is there, UsageError for what no file can be,
    StoreError.
    """
    path = local_path(settings, "pg_dump")
    copies.check_target(path, target, replace=replace)
    unrecorded = _record_backup(settings, path, {"file": os.path.basename(target)})
    copies.back_up(path, target, replace=replace)
    with closing(database.open_file(os.path.abspath(target))) as copy:
        held = holdings(copy)
    return {
        "file": os.path.abspath(target),
        "size": os.path.getsize(target),
        "schema_version": held.schema_version,
        "newest_event": held.newest_event,
        "tenants": held.by_tenant(),
        "unrecorded": unrecorded,
    }


def _record_backup(settings: Settings, path: str, noted: dict[str, Any]) -> str | None:
    """Record in each tenant that all are backed up; return why that cannot be written."""
    try:
        with (
            closing(Workspace(settings)) as ws,
            ws.change(Action.STORE_BACKUP, SUBJECT, noted) as session,
        ):
            db = _database(ws, session)
            require_owner(db)
            others = [tenant for tenant, _ in roles(db) if tenant != ws.tenant]
            record(db, ws.actor, others, Action.STORE_BACKUP, noted)
    except Unwritable as error:
        with leaving_no_log(path), closing(database.open_file(path)) as db:
            require_owner(db)
        return error.message
    return None


def _database(ws: Workspace, session: Session) -> Database:
    db = ws.store.driver(session)
    db.meta = ws.store.meta
    return db
