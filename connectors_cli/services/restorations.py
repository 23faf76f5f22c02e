"""A store put back from a backup."""

import os
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from connectors_cli import (
    connections,
    copies,
    creation,
    database,
    journal,
    parts,
    private_file,
    recording,
)
from connectors_cli.access import Action
from connectors_cli.backup_files import not_restored, open_backup
from connectors_cli.database import Database
from connectors_cli.errors import Damaged, Missing, Newer, NotPermitted, UsageError
from connectors_cli.holdings import Holdings, holdings, missing_keys
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.traceless import leaving_no_log
from connectors_cli.whole_store import SUBJECT, local_path, record, require_owner, roles
from connectors_cli.workspace import Workspace


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


def examine(settings: Settings, source: str) -> Restoration:
    """Check that a backup can take the store's place, and that the actor may do that.

    Nothing is changed, but for a refusal's event. Raises Unreadable for what is no backup,
    StoreError for what is no whole one of a version that this program knows, NotPermitted.
    """
    path = local_path(settings, "pg_restore")
    if os.path.realpath(source) == os.path.realpath(path):
        raise UsageError(f"{source} is the store itself", hint="name a backup")
    with open_backup(source) as db:
        held = holdings(db)
        strange = tuple(tenant for tenant, role in roles(db) if role is None)
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
        with closing(Workspace(settings)) as ws, ws.change(Action.STORE_RESTORE, SUBJECT, noted):
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
                record(staged, actor, tenants, Action.STORE_RESTORE, noted)
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


def _present(settings: Settings) -> Holdings:
    """Return what the store holds now, having checked that the actor may replace all of it.

    One of an older program is looked at as it is: what migrates it asks first.
    """
    path = sqlite_path(settings.store) or ""
    with leaving_no_log(path), closing(database.open_file(path)) as db:
        version = int(db.meta["schema_version"])
        if version > database.SCHEMA_VERSION:
            database.compare_versions(version, db.meta, path)
        copies.check_pages(db.connection, path)
        try:
            if version == database.SCHEMA_VERSION:
                recording.permit(db, settings.tenant, Action.STORE_RESTORE)
            require_owner(db)
        except NotPermitted as error:
            if version == database.SCHEMA_VERSION:  # an older log could not hold it
                actor = journal.find_actor(settings, db.principal)
                events: list[recording.Event] = [(SUBJECT, {})]
                recording.record(settings, actor, Action.STORE_RESTORE, events, error.code)
            raise
        return holdings(db)


def _stage(wanted: Restoration, part: str) -> None:
    """Copy a backup beside the store, check it page by page, bring it to this program's schema."""
    with open_backup(wanted.source) as db:
        os.close(private_file.open_new(part))
        copies.copy_pages(db.connection, part)
    try:
        copies.check_whole(part, wanted.source)
    except Damaged as error:
        raise not_restored(error, wanted.source) from None
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
