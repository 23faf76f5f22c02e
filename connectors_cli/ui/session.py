"""What the interface works with: one tenant of a store, to read from and to change."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, TypeVar

from connectors_cli.errors import Missing, Outdated, StoreError
from connectors_cli.settings import sqlite_path
from connectors_cli.store.read.connections import driver_errors, store_error
from connectors_cli.store.read.database import Database, open_for_reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors_cli.catalog.entry import Entry
    from connectors_cli.services.workspace import Workspace
    from connectors_cli.settings import Settings

T = TypeVar("T")
M = TypeVar("M")
_PATIENCE_MS = 200
"""How long a read waits for a locked store; it is tried again when the screen is."""
_LAST_EVENT = "SELECT MAX(id) FROM events"


class Session:
    """A tenant of a store; reads belong to the interface's thread, changes to any.

    The connection for reading stays open, outside of a transaction.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._db: Database | None = None
        self._workspace: Workspace | None = None
        self._lock = threading.Lock()
        self._file: tuple[int, int] | None = None
        """Which file the store is, by device and number; a restore puts another one there."""
        self._changed_file: tuple[int, int] | None = None
        self._connections = 0
        """How many connections there were: SQLite's number of changes is that of one of them."""

    @property
    def tenant(self) -> str:
        """The tenant that is shown."""
        return self.settings.tenant

    def read(self, call: Callable[[Database], T], missing: M) -> T | M:
        """Return what a call reads from the store, `missing` without a store.

        Raises StoreError; the next read connects again.
        """
        try:
            db = self._reader()
        except Missing:
            return missing
        try:
            return call(db)
        except StoreError:
            self.close()
            raise
        finally:
            if self._db is not None and db.dialect == "postgresql":
                db.thaw()

    def version(self) -> object:
        """Return something that differs after every change that anybody makes to the store.

        Raises StoreError.
        """

        def ask(db: Database) -> object:
            sql = "PRAGMA data_version" if db.dialect == "sqlite" else _LAST_EVENT
            return (self._connections, db.one(sql))

        return self.read(ask, None)

    def change(self, act: Callable[[Workspace], T]) -> T:
        """Return what a use case does; may block, so it is called in a thread of its own.

        Changes happen one after the other. The first one creates a missing store.
        """
        with self._lock:
            file = _file_of(self.settings.store)
            if self._workspace is None or file != self._changed_file:
                self._workspace = self._opened()
                self._changed_file = _file_of(self.settings.store)
            return act(self._workspace.serving(self.tenant))

    def entry(self, key: str) -> Entry:
        """Return a type; raises ConnectorsError for one that is gone or cannot be read."""
        from connectors_cli.store.read.types import find_entry

        tenant = self.tenant
        found: Entry | None = self.read(lambda db: find_entry(db, tenant, key), None)
        return find_entry(None, tenant, key) if found is None else found

    def serve(self, tenant: str) -> None:
        """Show another tenant from now on."""
        self.settings = self.settings.serving(tenant)

    def close(self) -> None:
        """Close the connection for reading."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def finish(self) -> None:
        """Wait for a change that runs, and end the use of the store."""
        with self._lock:
            self.close()

    def _opened(self) -> Workspace:
        from connectors_cli.services.workspace import Workspace  # only to change something

        try:
            return Workspace(self.settings)
        except Missing:
            from connectors_cli.services import tenants  # only to create a store

            tenants.init_default(self.settings)
            return Workspace(self.settings)

    def _reader(self) -> Database:
        file = _file_of(self.settings.store)
        if file != self._file:
            self.close()
        if self._db is None:
            self._file, self._connections = file, self._connections + 1
            try:
                self._db = open_for_reading(self.settings.store)
            except Outdated:
                from connectors_cli.services.workspace import Workspace

                Workspace(self.settings).close()  # which migrates it
                self._db = open_for_reading(self.settings.store)
            if self._db.dialect == "sqlite":
                self._be_impatient(self._db)
        return self._db

    @staticmethod
    def _be_impatient(db: Database) -> None:
        try:
            db.connection.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
        except driver_errors(db.dialect) as error:
            raise store_error(error, db.place) from None


def _file_of(url: str) -> tuple[int, int] | None:
    """Return the device and number of a store's file; None without one, and for a server."""
    path = sqlite_path(url)
    try:
        found = None if path is None else os.stat(path)
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)
