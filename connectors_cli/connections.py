"""Connections of the bare drivers, to a file or a server."""

from __future__ import annotations

import os
import sqlite3
import stat

from connectors_cli.errors import Damaged, Missing, StoreError
from connectors_cli.settings import BUSY_SECONDS

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from typing import Any


def check_file(path: str) -> None:
    """Refuse a store's path that is a link, folder, device or empty file, each in its own words."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise Missing(
            f"there is no store at {path}", hint="make one with `connectors init`"
        ) from None
    except OSError as error:
        raise StoreError(f"cannot look at {path}: {os.strerror(error.errno or 0)}") from None
    if stat.S_ISLNK(found.st_mode):
        raise StoreError(
            f"{path} is a symbolic link, which could lead a write anywhere",
            hint="name the real file with --store",
        )
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe or device"
        raise StoreError(f"{path} is {kind}, not a store's file", hint="name a file with --store")
    if found.st_size == 0:
        raise Damaged(
            f"{path} is empty: a store was cut off or something else made it",
            hint="put a backup there: `connectors restore --from FILE`; or remove the file",
        )
    if not os.access(path, os.R_OK):
        raise StoreError(f"{path} cannot be read by this user", hint="check its owner and mode")


def driver_errors(dialect: str) -> tuple[type[Exception], ...]:
    """Return the exceptions a driver raises, for an `except`."""
    if dialect == "sqlite":
        return (sqlite3.Error,)
    import psycopg

    return (psycopg.Error,)


def fault(error: BaseException, place: str) -> StoreError:
    """Return a driver's error in our words, which are loaded only where there is one."""
    from connectors_cli.driver_faults import explain

    return explain(error, place)


def connect_sqlite(path: str) -> sqlite3.Connection:
    """Connect for writing, with the settings every writer needs; transactions are begun by hand."""
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        for pragma in (
            "foreign_keys=ON",
            "synchronous=EXTRA",  # FULL in WAL; with a journal its removal is waited for as well
            "secure_delete=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def read_only_sqlite(path: str) -> sqlite3.Connection:
    """Connect for reading; StoreError, in the words of what is wrong with the file."""
    check_file(path)
    try:
        return _connect_read_only(path, "mode=ro")
    except sqlite3.Error as error:
        # Where files cannot be made beside the store (a folder that is read-only, a full disk) WAL
        # cannot be used; with nothing in the log the store can be read as it stands.
        if _is_busy(error) or (os.path.exists(path + "-wal") and os.path.getsize(path + "-wal")):
            raise fault(error, path) from None
    try:
        return _connect_read_only(path, "mode=ro&immutable=1")
    except sqlite3.Error as error:
        raise fault(error, path) from None


def connect_postgresql(url: str) -> Any:
    """Connect to a server; StoreError without the extra or the server."""
    try:
        import psycopg
    except ImportError:
        raise StoreError(
            "a PostgreSQL store needs the extra `postgres`",
            hint="pip install 'connectors-cli[postgres]'",
        ) from None
    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise fault(error, "the database server") from None


def _connect_read_only(path: str, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri(path, options), uri=True, timeout=BUSY_SECONDS)
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA schema_version")  # the first that opens the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def uri(path: str, options: str) -> str:
    """Return a file as SQLite takes it with options."""
    return f"file:{path.replace('%', '%25').replace('?', '%3f').replace('#', '%23')}?{options}"


def _is_busy(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith("SQLITE_BUSY")
