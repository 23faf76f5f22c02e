"""Connections to a store's file or server, by the bare drivers."""

from __future__ import annotations

import os
import sqlite3
import stat
import time

from connectors_cli.errors import ConnectorsError, Damaged, Missing, StoreError
from connectors_cli.settings import BUSY_SECONDS, server_parts

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

LONGEST_WAIT = 300.0
"""How many seconds to wait for a store that other processes keep writing to."""
_SUSPICIOUS = 0.5
"""After how many seconds the file system is asked whether it has locks at all."""
_FRESH = 5.0
"""For how many seconds a server's connection is kept that nothing uses."""
_SHORTEST_PAUSE, _PAUSE = 0.002, 0.1


def check_store_file(path: str) -> None:
    """Raise StoreError unless a store's path is a file, not empty, that this user may read."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise Missing(f"no store at {path}", hint="create one: connectors init") from None
    except OSError as error:
        raise StoreError(f"cannot access {path}: {os.strerror(error.errno or 0)}") from None
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(
            f"{path} is a symbolic link, so a write could go to any file",
            hint="pass the real file with --store",
        )
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        raise StoreError(
            f"{path} is {kind}, not the file of a store", hint="pass a file with --store"
        )
    if found.st_size == 0:
        from connectors_cli.store.read.faults import FROM_BACKUP

        raise Damaged(
            f"{path} is empty, so it is not a store",
            hint=f"{FROM_BACKUP}; or remove the file",
        )
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} cannot be read by this user", hint="check its owner and mode")


def driver_errors(dialect: str) -> tuple[type[Exception], ...]:
    """Return the exceptions that a driver raises, for an `except` clause."""
    if dialect == "sqlite":
        return (sqlite3.Error,)
    import psycopg

    return (psycopg.Error,)


def store_error(error: BaseException, place: str) -> ConnectorsError:
    """Return our error for a driver's; its module is loaded only here."""
    from connectors_cli.store.read.faults import explain

    return explain(error, place)


def connect_sqlite(path: str) -> sqlite3.Connection:
    """Connect for writing, with the settings of every writer; the caller begins transactions."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (
            "foreign_keys=ON",
            "synchronous=EXTRA",  # like FULL in WAL mode; else it also syncs the journal's removal
            "secure_delete=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def begin_writing(connection: sqlite3.Connection, path: str) -> None:
    """Begin a write transaction once no other process writes.

    SQLite's own waiting is unfair: of many writers one may find the store locked each time it
    looks. This waits at random intervals, for as long as others make progress, and gives up after
    `BUSY_SECONDS` without any change, or after `LONGEST_WAIT`. Raises sqlite3.Error or StoreError.
    """
    connection.execute("PRAGMA busy_timeout=0")
    try:
        started = changed = time.monotonic()
        version, is_checked = _data_version(connection), False
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                now, found = time.monotonic(), _data_version(connection)
                if found not in {None, version}:
                    version, changed = found, now
                if not _is_busy(error) or now - changed > BUSY_SECONDS:
                    raise
                if now - started > _SUSPICIOUS and not is_checked:
                    is_checked = True
                    check_locks(path)
                if now - started > LONGEST_WAIT:
                    raise _held_up(path) from None
            time.sleep(_SHORTEST_PAUSE + _PAUSE * int.from_bytes(os.urandom(1)) / 255)
    finally:
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")


def check_locks(path: str) -> None:
    """Raise StoreError if the file system of a store has no locks."""
    from connectors_cli.store.read.faults import without_locks

    if useless := without_locks(path):
        raise useless


def _data_version(connection: sqlite3.Connection) -> int | None:
    """Return a number that changes with every commit of others; None while it cannot be read."""
    try:
        return int(connection.execute("PRAGMA data_version").fetchone()[0])
    except sqlite3.OperationalError:
        return None


def _held_up(path: str) -> StoreError:
    return StoreError(
        f"the store {path} was locked by other processes for {LONGEST_WAIT:.0f} s, one after the"
        " other",
        hint="try again when fewer of them write",
    )


def read_only_sqlite(path: str) -> sqlite3.Connection:
    """Connect for reading; raises StoreError.

    A store without a write-ahead log is opened as one to write, with writing switched off: what a
    killed process has left half written there is undone by the next one that reads, which a
    connection of mode `ro` may not do (https://sqlite.org/lockingv3.html#hot_journals).
    """
    check_store_file(path)
    try:
        try:
            connection = _connect_read_only(path, "mode=ro", min(_SUSPICIOUS, BUSY_SECONDS))
        except sqlite3.Error as error:
            if not _is_busy(error):
                raise
            check_locks(path)
            connection = _connect_read_only(path, "mode=ro", BUSY_SECONDS)
        if connection.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return connection
        connection.close()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", None) != "SQLITE_READONLY_ROLLBACK":
            return _read_only_without_log(path, error)
    try:
        return _connect_read_only(path, "mode=rw", BUSY_SECONDS)
    except sqlite3.Error as error:
        raise store_error(error, path) from None


def _read_only_without_log(path: str, first: sqlite3.Error) -> sqlite3.Connection:
    """Connect to a store whose log is empty as to a file that nobody changes."""
    # WAL needs to create files next to the store, which a read-only folder or a full disk
    # prevents. If the log is empty, the store can be read without it.
    if _is_busy(first) or any(_has_content(path + end) for end in ("-wal", "-journal")):
        raise store_error(first, path) from None
    try:
        return _connect_read_only(path, "mode=ro&immutable=1", BUSY_SECONDS)
    except sqlite3.Error as error:
        raise store_error(error, path) from None


def _has_content(path: str) -> bool:
    try:
        return os.path.getsize(path) > 0
    except FileNotFoundError:
        return False


def connect_server(url: str) -> Any:
    """Connect to a PostgreSQL server; raises StoreError or UsageError."""
    server_parts(url)  # says that the extra is missing
    from connectors_cli.store.read import server

    return server.connect(url)


class KeptConnection:
    """The connection to a server that a command keeps between its transactions.

    A new one costs round trips, and a process on the server. It is kept outside of a transaction,
    so that it holds up nothing there.
    """

    def __init__(self) -> None:
        self.is_on = False
        self._found: tuple[str, Any, float] | None = None

    def take(self, url: str) -> Any:
        """Return the connection to a server, None without one that is fresh enough to work."""
        found, self._found = self._found, None
        if found is None:
            return None
        known, connection, since = found
        if known == url and not connection.closed and time.monotonic() - since < _FRESH:
            return connection
        connection.close()
        return None

    def put(self, url: str, connection: Any) -> bool:
        """Keep a connection; return False if the caller has to close it."""
        from connectors_cli.store.read import server

        if not self.is_on or self._found is not None or connection.closed:
            return False
        try:
            if not server.is_idle(connection):
                connection.rollback()
        except driver_errors("postgresql"):
            return False
        self._found = url, connection, time.monotonic()
        return True

    def end(self) -> None:
        """Close the connection, and keep none from now on."""
        self.is_on = False
        self.take("")


KEPT = KeptConnection()


def _connect_read_only(path: str, options: str, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(uri(path, options), uri=True, timeout=patience)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA schema_version")  # the first statement that opens the file
        connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def uri(path: str, options: str) -> str:
    """Return a file's URI for SQLite, with options."""
    return f"file:{path.replace('%', '%25').replace('?', '%3f').replace('#', '%23')}?{options}"


def _is_busy(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith("SQLITE_BUSY")
