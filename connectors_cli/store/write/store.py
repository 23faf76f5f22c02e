"""A store that is open for writing, and its transactions."""

import os
from contextlib import AbstractContextManager, closing, suppress

from connectors_cli.errors import Outdated, Unwritable
from connectors_cli.settings import shown_server, sqlite_path
from connectors_cli.store.read import connections, database
from connectors_cli.store.write.create import as_store_errors, migrate
from connectors_cli.store.write.transaction import Transaction, transaction


class Store:
    """A store that is open for writing; transactions that write start by taking the write lock."""

    def __init__(self, url: str, meta: dict[str, str], principal: str) -> None:
        self.url = url
        self.meta = meta
        self.principal = principal
        self.path = sqlite_path(url)
        self.place = self.path or shown_server(url)
        self.is_changed = False

    def transaction(
        self, *, commit: bool = True, reading: bool = False
    ) -> AbstractContextManager[Transaction]:
        """Return a transaction; see `transaction.transaction`."""
        return transaction(self.url, commit=commit, reading=reading)

    def checkpoint(self) -> bool:
        """Move the write-ahead log into the file and empty it, so that deleted values are gone.

        Return False if a process that reads prevented it.
        """
        if self.path is None:
            return True
        with (
            as_store_errors(self.path),
            closing(connections.connect_sqlite(self.path)) as connection,
        ):
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    def has_log(self) -> bool:
        """Return whether the write-ahead log contains something, which its last user empties."""
        try:
            return self.path is not None and os.path.getsize(f"{self.path}-wal") > 0
        except OSError:
            return False


def open_store(url: str) -> Store:
    """Open an existing store for writing; migrate an older one after a backup.

    Raises StoreError.
    """
    path = sqlite_path(url)
    if path is not None:
        connections.check_store_file(path)
        _check_writable(path)
        _make_private(path)
    try:
        head = _read_head(url)
    except Outdated:
        migrate(url)
        head = _read_head(url)
    return Store(url, *head)


def _read_head(url: str) -> tuple[dict[str, str], str]:
    """Return a store's `store_meta` and the current user."""
    with closing(database.open_for_reading(url)) as db:
        return db.meta, db.principal


def _check_writable(path: str) -> None:
    folder = os.path.dirname(path)
    for place in (path, folder):
        if not os.access(place, os.W_OK):
            raise Unwritable(
                f"{place} is read-only for this user",
                hint="only commands that read work; run, get --reveal and export record an event"
                " first and do not; check its owner and mode, or use another --store",
            )


def _make_private(path: str) -> None:
    if os.name == "posix" and os.stat(path).st_mode & 0o077:
        with suppress(PermissionError):  # the file of another user, who lets others write it
            os.chmod(path, 0o600)
