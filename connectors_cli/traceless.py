"""Reads of a store that leave nothing beside it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from connectors_cli.connections import uri


@contextmanager
def leaving_no_log(path: str) -> Iterator[None]:
    """Read a store without leaving the empty log that who only reads cannot take away.

    SQLite itself takes it away, at the end of a connection that may write, where nobody else has
    the store open.
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
