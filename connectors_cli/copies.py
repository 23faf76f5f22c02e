"""Copies stores page by page, with what is in their log: out to a file, and in again."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress

from connectors_cli import connections, parts
from connectors_cli.driver_faults import explain
from connectors_cli.errors import Conflict, Damaged, StoreError
from connectors_cli.parts import SIDE_FILES
from connectors_cli.private_file import check_name, check_new, open_new, put, sync
from connectors_cli.settings import BUSY_SECONDS


def back_up(path: str, target: str, *, replace: bool = False) -> None:
    """Copy a store to a file that only its owner reads: whole, or not at all.

    Others may write meanwhile; the copy is of one moment. Raises Conflict for a file that is there
    already, UsageError for a name that is no file's, StoreError for what the disk refuses and for
    a store that is damaged.
    """
    check_target(path, target, replace=replace)
    try:
        with parts.making(target) as part:
            _copy(path, part)
            check_whole(part, path)
            sync(part)
            put(part, target, replace=replace)
            sync(os.path.dirname(part))
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise StoreError(f"the backup {target} cannot be written: {reason}") from None


def _copy(path: str, part: str) -> None:
    """Copy a store's pages; one that this user may not write is read as who only reads it does."""
    if os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK):
        with closing(connections.connect_sqlite(path)) as original:
            copy_pages(original, part)
        return
    before = _state(path)
    with closing(connections.read_only_sqlite(path)) as original:
        copy_pages(original, part)
    if _state(path) != before:  # read as a file that nobody writes, where there can be no log
        raise StoreError(f"the store {path} was changed while it was copied", hint="try again")


def _state(path: str) -> tuple[int, int, bool]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, os.path.exists(f"{path}-wal")


def copy_pages(original: sqlite3.Connection, part: str) -> None:
    """Copy an open store into a new, empty file, which then needs no log beside it."""
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy.execute("PRAGMA journal_mode=OFF")  # half a copy has no name that matters
        copy.execute("PRAGMA synchronous=OFF")
        original.backup(copy, pages=1024, progress=_not_for_ever)
        copy.execute("PRAGMA journal_mode=DELETE")


def put_in(part: str, path: str, before: Callable[[], None]) -> None:
    """Give a store that processes have open another's content, in one transaction.

    `before` runs once the write lock is held and before anything changes. Who reads sees the old
    or the new whole; who writes waits. A file renamed into the store's place would be another one
    than that which others have open: what they write next would be lost, and the old log could be
    played into the new file. Raises StoreError; then nothing has changed.
    """
    held: list[bool] = []

    def step(status: int, remaining: int, total: int) -> None:
        _not_for_ever(status, remaining, total)
        if not held:
            held.append(True)
            before()

    try:
        with (
            closing(sqlite3.connect(part)) as staged,
            closing(connections.connect_sqlite(path)) as store,
        ):
            _like(staged, store)
            if store.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
                step(sqlite3.SQLITE_OK, 0, 0)  # without a log nobody reads beside who writes
            # The lock is taken by the first step; one page, for `before` to come before the last.
            staged.backup(store, pages=1, progress=step)
            store.execute("PRAGMA busy_timeout=0")  # a reader may keep the log, and us no longer
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise explain(error, path) from None


def put_in_place(part: str, path: str) -> None:
    """Make a whole store the file at `path`, where no usable store is."""
    with closing(connections.connect_sqlite(part)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sync(part)
    for side in SIDE_FILES:
        with suppress(FileNotFoundError):
            os.unlink(path + side)
    os.replace(part, path)
    sync(os.path.dirname(path))


def keep(path: str, kept: str) -> None:
    """Keep a store under another name before it is replaced; a damaged one byte by byte."""
    if os.path.lexists(kept):
        return
    try:
        back_up(path, kept)
    except Damaged:
        for side in ("", "-wal"):
            if os.path.exists(path + side):
                with open(path + side, "rb") as old, os.fdopen(open_new(kept + side), "wb") as new:
                    shutil.copyfileobj(old, new)
                sync(kept + side)
        sync(os.path.dirname(kept))


def check_whole(path: str, name: str) -> None:
    """Raise Damaged unless every page, row and reference of a store is as SQLite wrote it."""
    with closing(sqlite3.connect(path)) as connection:
        check_pages(connection, name)


def check_pages(connection: sqlite3.Connection, name: str) -> None:
    """Raise Damaged unless every page, row and reference of an open store is as SQLite wrote it."""
    try:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()
        loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise explain(error, name) from None
    if found != ("ok",) or loose is not None:
        raise Damaged(
            f"the store {name} is damaged: its pages or rows do not fit together",
            hint="`connectors doctor` tells more; copy the file itself before anything else",
        )


def _like(staged: sqlite3.Connection, store: sqlite3.Connection) -> None:
    """Give a store pages of the size of another's: none can be copied in where they differ."""
    (size,) = store.execute("PRAGMA page_size").fetchone()
    if staged.execute("PRAGMA page_size").fetchone() != (size,):
        staged.execute(f"PRAGMA page_size={size}")
        staged.execute("VACUUM")


def check_target(path: str, target: str, *, replace: bool) -> None:
    """Raise Conflict or UsageError where no backup of a store can be put."""
    own = {os.path.realpath(path + side) for side in ("", ".lock", *SIDE_FILES)}
    if os.path.realpath(target) in own:
        raise Conflict(f"{target} is the store itself", hint="name another file")
    if replace:
        check_name(target, hint="name a new file")
    else:
        check_new(target, forcible=True)


def _not_for_ever(status: int, _remaining: int, _total: int) -> None:
    """Give up what is locked for longer than the driver waits; `backup` itself would not."""
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise StoreError(
            f"the store was held by another process for {BUSY_SECONDS:.0f} s",
            hint="try again",
        )
