"""Backup files: checked and opened read-only."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from connectors_cli.documents import read
from connectors_cli.errors import ConnectorsError, Damaged, Foreign, StoreError, Unreadable
from connectors_cli.store.read import database
from connectors_cli.store.read.connections import uri
from connectors_cli.store.read.database import Database


@contextmanager
def without_leftover_wal(path: str) -> Iterator[None]:
    """Remove the empty log that reading a store in this context leaves.

    A read-only connection cannot remove it. SQLite removes it when a connection that may write is
    closed and no other process has the store open.
    """
    log = path + "-wal"
    had_one = os.path.exists(log)
    try:
        yield
    finally:
        if not had_one and os.path.exists(log) and os.path.getsize(log) == 0:
            with (
                suppress(sqlite3.Error),
                closing(sqlite3.connect(uri(path, "mode=rw"), uri=True)) as c,
            ):
                c.execute("PRAGMA schema_version")


@contextmanager
def open_backup(source: str) -> Iterator[Database]:
    """Open a backup read-only; raises Unreadable if it is not a store, StoreError."""
    read.check_readable(source)
    _check_head(source)
    path = os.path.realpath(source)
    with without_leftover_wal(path), closing(_opened(source, path)) as db:
        yield db


def _opened(source: str, path: str) -> Database:
    try:
        db = database.open_file(path)
    except Foreign:
        raise _not_a_backup(source) from None
    except Damaged as error:
        raise not_restored(error, source) from None
    try:
        if db.one("PRAGMA application_id") != (database.APPLICATION_ID,):
            raise _not_a_backup(source)
        if int(db.meta["schema_version"]) > database.SCHEMA_VERSION:
            database.compare_versions(int(db.meta["schema_version"]), db.meta, source)
    except ConnectorsError:
        db.close()
        raise
    return db


def _check_head(source: str) -> None:
    """Raise Unreadable for a file without the header of a database."""
    with open(source, "rb") as file:
        if file.read(len(database.HEAD)) != database.HEAD:
            raise _not_a_backup(source)


def _not_a_backup(source: str) -> Unreadable:
    return Unreadable(source, "it is not a backup of a store", hint="pass another file with --from")


def not_restored(error: ConnectorsError, source: str) -> StoreError:
    """Return the error for a damaged backup."""
    return StoreError(
        f"{source} cannot be restored: {error.message}", hint="pass another backup with --from"
    )
