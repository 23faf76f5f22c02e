"""Restoring a whole store from a backup."""

import os
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.errors import Damaged, Missing, Newer, NotPermitted, StoreError, UsageError
from connectors_cli.services.backup import SUBJECT, local_path, record, require_owner, roles
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.store.backup import copy as backup_copy
from connectors_cli.store.backup import partial
from connectors_cli.store.backup.contents import StoreContents, missing_keys, read_contents
from connectors_cli.store.backup.files import not_restored, open_backup, without_leftover_wal
from connectors_cli.store.read import connections, database
from connectors_cli.store.read.database import Database
from connectors_cli.store.write import create
from connectors_cli.store.write.schema import differences
from connectors_cli.system import clock, private_file


@dataclass(frozen=True, slots=True)
class Restoration:
    """A backup to restore: its contents, and those of the store that it replaces.

    `present` is None if no store exists or it cannot be read; `problem` gives the reason.
    `not_member_of` names the tenants of the backup in which the user has no role.
    """

    source: str
    held: StoreContents
    not_member_of: tuple[str, ...]
    present: StoreContents | None
    problem: str | None = None


def examine(settings: Settings, source: str) -> Restoration:
    """Check that a backup can be restored and that the user may do it.

    Changes nothing; only a refusal is recorded.

    Raises:
        Unreadable: the file is not a backup.
        StoreError: the backup is damaged, or of a newer version of the program.
        NotPermitted: the user does not own every tenant of the store.
    """
    path = local_path(settings, "pg_restore")
    if os.path.realpath(source) == os.path.realpath(path):
        raise UsageError(f"{source} is the store itself", hint="connectors restore --from FILE")
    with open_backup(source) as db:
        held = read_contents(db)
        foreign = tuple(tenant for tenant, role in roles(db) if role is None)
    try:
        present = _present(settings)
    except (Missing, Damaged, Newer) as error:
        return Restoration(source, held, foreign, None, error.message)
    return Restoration(source, held, foreign, present)


def restore(settings: Settings, wanted: Restoration) -> dict[str, Any]:
    """Replace the store's contents with a backup's; return what was restored and replaced.

    A process that has the store open sees all of the old contents or all of the new. The old
    contents are kept in a backup, made while no other process can write.

    Raises:
        StoreError: nothing was changed.
    """
    path = local_path(settings, "pg_restore")
    noted: dict[str, Any] = {"file": os.path.basename(wanted.source)}
    if wanted.present is not None:
        with closing(Workspace(settings)) as ws, ws.change(Action.STORE_RESTORE, SUBJECT, noted):
            pass  # recorded in the store that is replaced, and so in its backup
    private_file.create_folder(os.path.dirname(path))
    part = f"{path}.part"
    with create.as_store_errors(path), create.exclusive(path):
        partial.remove(part)  # of a restore that was killed
        try:
            _stage(wanted, part)
            with closing(connections.connect_sqlite(part)) as connection:
                staged = Database(connection, "sqlite", part)
                tenants = [held.tenant for held in wanted.held.tenants]
                actor = log.find_actor(settings, staged.principal)
                connection.execute("BEGIN IMMEDIATE")
                record(staged, actor, tenants, Action.STORE_RESTORE, noted)
                connection.execute("COMMIT")
            kept = _put(part, path)
        finally:
            partial.remove(part)
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


def _present(settings: Settings) -> StoreContents:
    """Return the store's current contents, once the user is known to own every tenant of it.

    A store of an older program is read without migrating it.
    """
    path = sqlite_path(settings.store) or ""
    with without_leftover_wal(path), closing(database.open_file(path)) as db:
        version = int(db.meta["schema_version"])
        if version > database.SCHEMA_VERSION:
            database.compare_versions(version, db.meta, path)
        backup_copy.check_integrity(db.connection, path)
        is_current = version == database.SCHEMA_VERSION
        actor, action = log.find_actor(settings, db.principal), Action.STORE_RESTORE
        event: gate.Event = (SUBJECT, {})
        recorded = (NotPermitted,) if is_current else ()  # an older log cannot store the refusal
        with gate.failures_recorded(settings, actor, action, (event,), recorded):
            if is_current:
                gate.permit(db, settings.tenant, action)
            require_owner(db)
        return read_contents(db)


def _stage(wanted: Restoration, part: str) -> None:
    """Copy a backup next to the store, check every page, and migrate it to the current schema."""
    with open_backup(wanted.source) as db:
        os.close(private_file.open_new(part))
        backup_copy.copy_pages(db.connection, part)
    try:
        backup_copy.check_file_integrity(part, wanted.source)
    except Damaged as error:
        raise not_restored(error, wanted.source) from None
    if wanted.held.schema_version < database.SCHEMA_VERSION:
        from connectors_cli.store.orm.upgrade import upgrade_file  # Alembic: only for older ones

        upgrade_file(part)
        backup_copy.check_file_integrity(part, wanted.source)
    with closing(database.open_file(part)) as db:
        found = differences(db)
    if found:
        raise StoreError(
            f"{wanted.source} cannot be restored: {found[0]}, and it would act in the store",
            hint="pass another backup with --from",
        )


def _put(part: str, path: str) -> str | None:
    """Move the staged store into place; return the backup of the store it replaced."""
    if not os.path.lexists(path):
        backup_copy.replace_file(part, path)
        return None
    moment = clock.now().replace("-", "").replace(":", "")
    kept = f"{path}.before-restore-{moment}"
    try:
        connections.check_store_file(path)  # Damaged for an empty file
        backup_copy.replace_contents(part, path, lambda: backup_copy.set_aside(path, kept))
    except Damaged:
        backup_copy.set_aside(path, kept)
        backup_copy.replace_file(part, path)
    return kept
