"""The journal of a store's file: a write-ahead log where the file system has shared memory."""

import os
import sqlite3
from contextlib import closing

from connectors_cli.store.backup import partial
from connectors_cli.store.read.database import APPLICATION_ID
from connectors_cli.system.private_file import open_new


def begin_file(part: str) -> str:
    """Create an empty database with the best journal that its file system allows; return that."""
    partial.remove(part)
    if _begin(part, "WAL"):
        return "WAL"
    partial.remove(part)
    _begin(part, "DELETE")
    return "DELETE"


def best_at(path: str) -> str:
    """Return the best journal for a store at a path; tried in a file that is removed again.

    The caller holds the lock against others that create, migrate or restore the store.
    """
    part = path + ".new"
    try:
        return begin_file(part)
    finally:
        partial.remove(part)


def _begin(part: str, journal: str) -> bool:
    """Create an empty database; return False if its file system lacks what the journal needs."""
    os.close(open_new(part))
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        try:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute(f"PRAGMA journal_mode={journal}")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as error:
            name = error.sqlite_errorname
            if name.startswith("SQLITE_IOERR_SHM") and name != "SQLITE_IOERR_SHMSIZE":
                return False
            raise
    return True
