"""Creating and migrating stores: completely or not at all, whatever ends the program."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from connectors_cli import __version__
from connectors_cli.errors import ConnectorsError, Outdated, StoreError
from connectors_cli.settings import sqlite_path
from connectors_cli.store.read import connections, database
from connectors_cli.store.read.database import SCHEMA_VERSION, Database
from connectors_cli.store.read.faults import explain
from connectors_cli.store.write.rows import begin_meta
from connectors_cli.system.identifiers import random_id
from connectors_cli.system.private_file import create_folder, sync

LOCK_SECONDS = 60
Fill = Callable[[Database], None]
"""Writes the first rows of a new store (catalog, tenant, key), in its first transaction."""


def create(url: str, store_id: str, fill: Fill) -> bool:
    """Create a store; return False if it exists.

    Several processes at the same time create one store. Raises StoreError.
    """
    path = sqlite_path(url)
    if path is None:
        return _create_on_server(url, store_id, fill)
    folder = os.path.dirname(path)
    create_folder(folder)
    with as_store_errors(path), exclusive(path):
        if os.path.lexists(path):
            return False
        _create_file(path, store_id, fill)
    return True


def migrate(url: str) -> None:
    """Migrate an older store in one transaction, after a backup; raises StoreError."""
    from connectors_cli.store.orm import upgrade  # Alembic: only for older stores

    path = sqlite_path(url)
    if path is None:
        upgrade.upgrade_server(url)
        return
    with as_store_errors(path), exclusive(path):
        try:
            database.open_for_reading(url).close()
        except Outdated:
            _back_up(path)
            upgrade.upgrade_file(path)


@contextmanager
def as_store_errors(place: str) -> Iterator[None]:
    """Raise StoreError for errors of the driver and the operating system."""
    try:
        yield
    except sqlite3.Error as error:
        raise explain(error, place) from None
    except OSError as error:
        raise StoreError(
            f"cannot create, migrate or restore the store {place}: {os.strerror(error.errno or 0)}",
            hint="choose another place with CONNECTORS_HOME or --store",
        ) from None


def _back_up(path: str) -> None:
    from connectors_cli.store.backup import copy as backup_copy

    try:
        backup_copy.back_up(path, f"{path}.before-{__version__}", replace=True)
    except ConnectorsError as error:
        raise StoreError(
            f"the store was not migrated because its backup failed: {error.message}",
            hint=error.hint,
        ) from None


def new_store_id() -> str:
    """Return an id for a new store."""
    return random_id().replace("-", "")


def _create_file(path: str, store_id: str, fill: Fill) -> None:
    from connectors_cli.store.backup import journal, partial  # only for a new store
    from connectors_cli.store.write import schema

    part = path + ".new"
    try:
        journal.begin_file(part)
        with closing(connections.connect_sqlite(part)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            schema.create_tables(connection)
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
            db = Database(connection, "sqlite", part)
            begin_meta(db, store_id)
            fill(db)
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        sync(part)
        os.rename(part, path)
        sync(os.path.dirname(path))
    except BaseException:
        partial.remove(part)
        raise


def _create_on_server(url: str, store_id: str, fill: Fill) -> bool:
    from connectors_cli.store.orm import upgrade  # a server's tables come from the migrations

    with upgrade.new_on_server(url) as db:
        if db is None:
            return False
        begin_meta(db, store_id)
        fill(db)
    return True


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Lock a store against other processes that create, migrate or restore it.

    Raises StoreError if the lock is not free within a minute.
    """
    from filelock import FileLock, Timeout  # only to create, migrate or restore a store

    try:
        with FileLock(path + ".lock", timeout=LOCK_SECONDS, mode=0o600):
            yield
    except Timeout:
        raise StoreError(
            f"another process has been creating, migrating or restoring the store {path} for more"
            f" than {LOCK_SECONDS:.0f} s",
            hint="try again when it has finished",
        ) from None
