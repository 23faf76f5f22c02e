"""Backups of a whole store, and a store put back from one."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from connectors_cli import (
    connections,
    copies,
    creation,
    database,
    documents,
    journal,
    parts,
    private_file,
    recording,
)
from connectors_cli.access import Action, Role
from connectors_cli.database import Database
from connectors_cli.errors import (
    ConnectorsError,
    Damaged,
    Foreign,
    Missing,
    Newer,
    NotPermitted,
    StoreError,
    Unreadable,
    Unwritable,
    UsageError,
)
from connectors_cli.holdings import Holdings, holdings, missing_keys
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.workspace import Workspace

_SUBJECT = "store"


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup that is to take the store's place: what it holds, and what the store holds now.

    `present` is None where there is no store, or none that can be read; `problem` says why.
    `not_member_of` names the backup's tenants that the actor has no role in.
    """

    source: str
    held: Holdings
    not_member_of: tuple[str, ...]
    present: Holdings | None
    problem: str | None = None


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
            ws.change(Action.STORE_BACKUP, _SUBJECT, noted) as session,
        ):
            db = _database(ws, session)
            _require_owner(db)
            others = [tenant for tenant, _ in _roles(db) if tenant != ws.tenant]
            _record(db, ws.actor, others, Action.STORE_BACKUP, noted)
    except Unwritable as error:
        with connections.leaving_no_log(path), closing(database.open_file(path)) as db:
            _require_owner(db)
        return error.message
    return None


def examine(settings: Settings, source: str) -> Restoration:
    """Check that a backup can take the store's place, and that the actor may do that.

    Nothing is changed, but for a refusal's event. Raises Unreadable for what is no backup,
    StoreError for what is no whole one of a version that this program knows, NotPermitted.
    """
    path = local_path(settings, "pg_restore")
    if os.path.realpath(source) == os.path.realpath(path):
        raise UsageError(f"{source} is the store itself", hint="name a backup")
    with _backup(source) as db:
        held = holdings(db)
        strange = tuple(tenant for tenant, role in _roles(db) if role is None)
    try:
        present = _present(settings)
    except (Missing, Damaged, Newer) as error:
        return Restoration(source, held, strange, None, error.message)
    return Restoration(source, held, strange, present)


def restore(settings: Settings, wanted: Restoration) -> dict[str, Any]:
    """Put a backup's content in the store's place; return what is there then, and what was before.

    Who has the store open sees the old or the new whole. The old content is kept in a backup of
    its own, made while nobody can write. Raises StoreError, and then nothing has changed.
    """
    path = local_path(settings, "pg_restore")
    noted: dict[str, Any] = {"file": os.path.basename(wanted.source)}
    if wanted.present is not None:
        with closing(Workspace(settings)) as ws, ws.change(Action.STORE_RESTORE, _SUBJECT, noted):
            pass  # in the store that is replaced, and so in its backup
    private_file.make_folder(os.path.dirname(path))
    part = f"{path}.part"
    with creation.in_words(path), creation.alone(path):
        parts.remove(part)  # of one that was ended
        try:
            _stage(wanted, part)
            with closing(connections.connect_sqlite(part)) as connection:
                staged = Database(connection, "sqlite", part)
                tenants = [held.tenant for held in wanted.held.tenants]
                actor = journal.find_actor(settings, staged.principal)
                connection.execute("BEGIN IMMEDIATE")
                _record(staged, actor, tenants, Action.STORE_RESTORE, noted)
                connection.execute("COMMIT")
            kept = _put(part, path)
        finally:
            parts.remove(part)
    return _outcome(settings, wanted, kept)


def _outcome(settings: Settings, wanted: Restoration, kept: str | None) -> dict[str, Any]:
    held = wanted.held
    older = held.schema_version < database.SCHEMA_VERSION
    return {
        "store": settings.shown_store,
        "restored_from": os.path.abspath(wanted.source),
        "replaced": kept,
        "schema_version": database.SCHEMA_VERSION,
        "migrated_from": held.schema_version if older else None,
        "newest_event": held.newest_event,
        "tenants": held.by_tenant(),
        "missing_keys": missing_keys(held, settings.environ),
        "not_member_of": list(wanted.not_member_of),
    }


@contextmanager
def _backup(source: str) -> Iterator[Database]:
    """Open a backup read-only, once it is known to be a store that this program knows.

    Raises Unreadable for what is none, StoreError.
    """
    documents.check_file(source)
    _check_head(source)
    path = os.path.realpath(source)
    with connections.leaving_no_log(path), closing(_opened(source, path)) as db:
        yield db


def _opened(source: str, path: str) -> Database:
    try:
        db = database.open_file(path)
    except Foreign:
        raise _no_backup(source) from None
    except Damaged as error:
        raise _not_restored(error, source) from None
    try:
        if db.one("PRAGMA application_id") != (database.APPLICATION_ID,):
            raise _no_backup(source)
        if int(db.meta["schema_version"]) > database.SCHEMA_VERSION:
            database.compare_versions(int(db.meta["schema_version"]), db.meta, source)
    except ConnectorsError:
        db.close()
        raise
    return db


def _check_head(source: str) -> None:
    """Raise Unreadable for a file that does not begin as a database does."""
    with open(source, "rb") as file:
        if file.read(len(database.HEAD)) != database.HEAD:
            raise _no_backup(source)


def _no_backup(source: str) -> Unreadable:
    return Unreadable(source, "it is no backup of a store", hint="name another with --from")


def _not_restored(error: ConnectorsError, source: str) -> StoreError:
    return StoreError(
        f"{source} cannot be restored: {error.message}", hint="name another backup with --from"
    )


def _present(settings: Settings) -> Holdings:
    """Return what the store holds now, having checked that the actor may replace all of it.

    One of an older program is looked at as it is: what migrates it asks first.
    """
    path = sqlite_path(settings.store) or ""
    with connections.leaving_no_log(path), closing(database.open_file(path)) as db:
        version = int(db.meta["schema_version"])
        if version > database.SCHEMA_VERSION:
            database.compare_versions(version, db.meta, path)
        copies.check_pages(db.connection, path)
        try:
            if version == database.SCHEMA_VERSION:
                recording.permit(db, settings.tenant, Action.STORE_RESTORE)
            _require_owner(db)
        except NotPermitted as error:
            if version == database.SCHEMA_VERSION:  # an older log could not hold it
                actor = journal.find_actor(settings, db.principal)
                events: list[recording.Event] = [(_SUBJECT, {})]
                recording.record(settings, actor, Action.STORE_RESTORE, events, error.code)
            raise
        return holdings(db)


def _stage(wanted: Restoration, part: str) -> None:
    """Copy a backup beside the store, check it page by page, bring it to this program's schema."""
    with _backup(wanted.source) as db:
        os.close(private_file.open_new(part))
        copies.copy_pages(db.connection, part)
    try:
        copies.check_whole(part, wanted.source)
    except Damaged as error:
        raise _not_restored(error, wanted.source) from None
    if wanted.held.schema_version < database.SCHEMA_VERSION:
        creation.upgrade_file(part)
        copies.check_whole(part, wanted.source)


def _put(part: str, path: str) -> str | None:
    """Put the staged store in place; return the backup of what was there."""
    if not os.path.lexists(path):
        copies.put_in_place(part, path)
        return None
    moment = journal.now().replace("-", "").replace(":", "")
    kept = f"{path}.before-restore-{moment}"
    try:
        connections.check_file(path)  # an empty one is Damaged
        copies.put_in(part, path, lambda: copies.keep(path, kept))
    except Damaged:
        copies.keep(path, kept)
        copies.put_in_place(part, path)
    return kept


def _require_owner(db: Database) -> None:
    if any(role != Role.OWNER for _, role in _roles(db)):
        raise NotPermitted(
            f"{db.principal} does not own every tenant in this store, and a backup holds them all",
            hint="ask who does; `connectors export --all` takes one tenant's connectors",
        )


def _roles(db: Database) -> list[tuple[str, str | None]]:
    """Return every tenant of the store, with the actor's role in it."""
    sql = (
        "SELECT t.id, m.role FROM tenants t LEFT JOIN members m"
        " ON m.tenant_id = t.id AND m.principal = ? ORDER BY t.id"
    )
    return [(tenant, role) for tenant, role in db.rows(sql, (db.principal,))]


def _record(
    db: Database, actor: journal.Actor, tenants: list[str], action: Action, noted: dict[str, Any]
) -> None:
    for tenant in tenants:
        journal.append(db, actor, tenant, [(action, _SUBJECT, "ok", json.dumps(noted))])


def _database(ws: Workspace, session: Session) -> Database:
    db = ws.store.driver(session)
    db.meta = ws.store.meta
    return db


def local_path(settings: Settings, program: str) -> str:
    """Return the store's file; UsageError names the server's own program for one without."""
    path = sqlite_path(settings.store)
    if path is None:
        raise UsageError(
            f"a store on PostgreSQL is copied by the server's own programs, such as {program}",
            hint=f"{program} --help; `connectors export --all` takes a tenant's connectors",
        )
    return path
