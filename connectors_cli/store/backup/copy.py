"""Copies of SQLite stores, page by page: backups, and restoring them."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress

from connectors_cli.errors import Conflict, Damaged, StoreError, UsageError
from connectors_cli.settings import BUSY_SECONDS
from connectors_cli.store.backup import journal, partial
from connectors_cli.store.backup.partial import SIDE_FILES
from connectors_cli.store.read import connections
from connectors_cli.store.read.faults import explain
from connectors_cli.system.private_file import check_name, check_new, open_new, rename, sync


def back_up(path: str, target: str, *, replace: bool = False) -> None:
    """Copy a store to a private file, completely or not at all.

    Others may write meanwhile: the copy is a snapshot. Raises Conflict if the file exists,
    UsageError if the target is not a file, StoreError for a full disk or a damaged store.
    """
    check_target(path, target, replace=replace)
    try:
        with partial.partial_file(target) as part:
            _copy(path, part)
            check_file_integrity(part, path)
            sync(part)
            rename(part, target, replace=replace)
            sync(os.path.dirname(part))
    except sqlite3.Error as error:
        raise explain(error, path) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise StoreError(f"cannot write the backup {target}: {reason}") from None


def _copy(path: str, part: str) -> None:
    """Copy a store's pages; a store that this user may not write is opened read-only."""
    if os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK):
        with closing(connections.connect_sqlite(path)) as original:
            copy_pages(original, part)
        return
    before = _state(path)
    with closing(connections.read_only_sqlite(path)) as original:
        copy_pages(original, part)
    if _state(path) != before:  # it was read as an immutable file, without its log
        raise StoreError(f"the store {path} changed while it was copied", hint="try again")


def _state(path: str) -> tuple[int, int, bool]:
    found = os.stat(path)
    return found.st_size, found.st_mtime_ns, os.path.exists(f"{path}-wal")


def copy_pages(original: sqlite3.Connection, part: str) -> None:
    """Copy an open store to a new, empty file, which needs no log."""
    with closing(sqlite3.connect(part, isolation_level=None)) as copy:
        copy.execute("PRAGMA locking_mode=EXCLUSIVE")  # a log then needs no shared memory
        copy.execute("PRAGMA journal_mode=OFF")  # an incomplete copy is removed anyway
        copy.execute("PRAGMA synchronous=OFF")
        original.backup(copy, pages=1024, progress=_check_progress)
        copy.execute("PRAGMA journal_mode=DELETE")


def replace_contents(part: str, path: str, before: Callable[[], None]) -> None:
    """Replace the contents of a store that other processes may have open, in one transaction.

    `before` runs once the write lock is held, before anything changes. Readers see the old or the
    new contents, and writers wait. Renaming a file to the store's path would not do: processes
    with the old file open would lose their next writes, and the old log could be applied to the
    new file. Raises StoreError; then nothing has changed.
    """
    started: list[bool] = []

    def step(status: int, remaining: int, total: int) -> None:
        _check_progress(status, remaining, total)
        if not started:
            started.append(True)
            before()

    try:
        kind = journal.best_at(path)
        with (
            closing(sqlite3.connect(part)) as staged,
            closing(connections.connect_sqlite(path)) as store,
        ):
            _match_page_size(staged, store)
            if store.execute(f"PRAGMA journal_mode={kind}").fetchone() != ("wal",):
                step(
                    sqlite3.SQLITE_OK, 0, 0
                )  # without WAL no process can read while another writes
            # The first step takes the lock; with one page a step, `before` runs before the last.
            staged.backup(store, pages=1, progress=step)
            store.execute(
                "PRAGMA busy_timeout=0"
            )  # do not wait for readers, which may keep the log
            store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise explain(error, path) from None


def replace_file(part: str, path: str) -> None:
    """Rename a complete store to `path`, where there is no usable store."""
    kind = journal.best_at(path)
    with closing(connections.connect_sqlite(part)) as connection:
        connection.execute(f"PRAGMA journal_mode={kind}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sync(part)
    for side in SIDE_FILES:
        with suppress(FileNotFoundError):
            os.unlink(path + side)
    os.replace(part, path)
    sync(os.path.dirname(path))


def set_aside(path: str, kept: str) -> None:
    """Back up a store before it is replaced; copy the bytes of a damaged one."""
    if os.path.lexists(kept):
        return
    try:
        back_up(path, kept)
    except Damaged:
        from shutil import copyfileobj  # only for a damaged store

        for side in ("", "-wal"):
            if os.path.exists(path + side):
                with open(path + side, "rb") as old, os.fdopen(open_new(kept + side), "wb") as new:
                    copyfileobj(old, new)
                sync(kept + side)
        sync(os.path.dirname(kept))


def check_file_integrity(path: str, name: str) -> None:
    """Raise Damaged unless all pages, rows and references of a store's file are intact."""
    with closing(sqlite3.connect(path)) as connection:
        check_integrity(connection, name)


def check_integrity(connection: sqlite3.Connection, name: str) -> None:
    """Raise Damaged unless all pages, rows and references of an open store are intact."""
    try:
        found = connection.execute("PRAGMA integrity_check(1)").fetchone()
        loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise explain(error, name) from None
    if found != ("ok",) or loose is not None:
        raise Damaged(
            f"the store {name} is damaged: its pages or rows are inconsistent",
            hint="copy the file before you do anything else; for details: connectors doctor",
        )


def _match_page_size(staged: sqlite3.Connection, store: sqlite3.Connection) -> None:
    """Change a store's page size to another's: pages of another size cannot be copied."""
    (size,) = store.execute("PRAGMA page_size").fetchone()
    if staged.execute("PRAGMA page_size").fetchone() != (size,):
        staged.execute(f"PRAGMA page_size={size}")
        staged.execute("VACUUM")


def check_target(path: str, target: str, *, replace: bool) -> None:
    """Raise Conflict or UsageError if a backup of a store cannot be written to a path."""
    if target == "-":
        raise UsageError(
            "a backup is a file, and cannot be written to standard output",
            hint="name a new file: connectors backup FILE",
        )
    own = {os.path.realpath(path + side) for side in ("", ".lock", *SIDE_FILES)}
    if os.path.realpath(target) in own:
        raise Conflict(f"{target} is the store itself", hint="choose another file")
    if replace:
        check_name(target, hint="choose a new file")
    else:
        check_new(target, forcible=True)


def _check_progress(status: int, _remaining: int, _total: int) -> None:
    """Raise StoreError when the driver has waited for a lock; `backup` would go on waiting."""
    if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise StoreError(
            f"the store was locked by another process for {BUSY_SECONDS:.0f} s",
            hint="try again",
        )
