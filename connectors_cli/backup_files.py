"""Backups as files, opened once they are known to be stores."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager

from connectors_cli import database, documents
from connectors_cli.database import Database
from connectors_cli.errors import ConnectorsError, Damaged, Foreign, StoreError, Unreadable
from connectors_cli.traceless import leaving_no_log


@contextmanager
def open_backup(source: str) -> Iterator[Database]:
    """Open a backup read-only, once it is known to be a store that this program knows.

    Raises Unreadable for what is none, StoreError.
    """
    documents.check_file(source)
    _check_head(source)
    path = os.path.realpath(source)
    with leaving_no_log(path), closing(_opened(source, path)) as db:
        yield db


def _opened(source: str, path: str) -> Database:
    try:
        db = database.open_file(path)
    except Foreign:
        raise _no_backup(source) from None
    except Damaged as error:
        raise not_restored(error, source) from None
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


def not_restored(error: ConnectorsError, source: str) -> StoreError:
    """Return the error for a backup that is damaged."""
    return StoreError(
        f"{source} cannot be restored: {error.message}", hint="name another backup with --from"
    )
