"""Driver errors as errors of ours: the message of a driver can quote values."""

from __future__ import annotations

import errno
import os
import sqlite3

from connectors_cli.errors import ConnectorsError, Damaged, StoreError, Unwritable, shortage
from connectors_cli.settings import BUSY_SECONDS

RESTORE = "connectors restore --from FILE"
FROM_BACKUP = f"restore a backup: {RESTORE}"
_KINDS = {
    **dict.fromkeys(("SQLITE_NOTADB", "SQLITE_CORRUPT"), Damaged),
    **dict.fromkeys(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_READONLY"), Unwritable),
}
_REASONS = {
    "SQLITE_NOTADB": ("is not a database", FROM_BACKUP),
    "SQLITE_CORRUPT": ("is damaged", FROM_BACKUP),
    "SQLITE_FULL": (
        "cannot grow: the disk is full",
        "free some disk space and try again; nothing was changed",
    ),
    "SQLITE_IOERR_SHMSIZE": (
        "cannot be used: the disk is full",
        "free some disk space and try again",
    ),
    "SQLITE_READONLY_ROLLBACK": (
        "has a write that was cut off, which has to be undone before it is read",
        "run a command as a user who may write the store, such as: connectors list",
    ),
    "SQLITE_READONLY": ("is read-only", "check the owner and mode of the file and its folder"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the owner and mode of its folder"),
    "SQLITE_IOERR": ("cannot be read or written: the disk reported an error", "check the disk"),
    "SQLITE_BUSY": (f"was locked by another process for {BUSY_SECONDS:.0f} s", "try again"),
    "SQLITE_PERM": ("may not be opened by this user", "check its owner and mode"),
}

_FILES = 6
"""The files that SQLite opens at a time: the store, its log, its index, and one of each again."""

_RESERVED_BYTE, _WAL_WRITE_BYTE = 0x40000001, 120
"""The bytes that SQLite locks to write: in the store's file, and in the index of its log."""


class NoTable(StoreError):
    """A table is missing."""


def damaged(place: str) -> Damaged:
    """Return the error for a row that this program cannot have written."""
    return Damaged(
        f"the store {place} is damaged: a row contains text or JSON that cannot be read",
        hint=FROM_BACKUP,
    )


def out_of_files() -> StoreError | None:
    """Return an error if this process cannot open the few files that a store or a look-up needs.

    SQLite and the user database tell only that they failed.
    """
    opened: list[int] = []
    try:
        opened.extend(os.open(os.devnull, os.O_RDONLY) for _ in range(_FILES))
    except OSError as error:
        if short := shortage(error):
            return StoreError(short.message, hint=short.hint)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    return None


def without_locks(path: str) -> StoreError | None:
    """Return an error if the file system of a store has no locks; SQLite calls that busy.

    A new file is tried: closing the store's own would drop the locks of this process.
    """
    if os.name != "posix" or not os.path.isabs(path):
        return None
    import fcntl
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=os.path.dirname(path)) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}:
            return StoreError(
                f"the store {path} cannot be used: its file system{_file_system(path)} has no"
                " locks, which keep writers apart",
                hint="keep the store on a local disk: CONNECTORS_HOME or --store",
            )
    return None


def _file_system(path: str) -> str:
    """Return the type of a path's file system, ` (nfs4)`, empty if it is unknown."""
    found = ("", "")
    try:
        with open("/proc/mounts", encoding="utf-8", errors="replace") as file:
            for line in file:
                _, place, kind, *_ = line.split()
                inside = path == place or path.startswith(place.rstrip("/") + "/")
                if inside and len(place) >= len(found[0]):
                    found = (place, kind)
    except (OSError, ValueError):
        return ""
    return f" ({found[1]})" if found[1] else ""


def holder(path: str) -> str:
    """Return which process holds the write lock, as the end of a sentence; empty if unknown."""
    found = _lock_holder(path) if os.path.isabs(path) else None
    if found is None:
        return ""
    try:
        with open(f"/proc/{found}/comm", encoding="utf-8", errors="replace") as file:
            return f" (process {found}, {file.read().strip()})"
    except OSError:
        return f" (process {found})"


def _lock_holder(path: str) -> int | None:
    """Return the process that has the write lock, by the kernel's list of locks (Linux)."""
    try:
        files = {os.stat(path).st_ino: _RESERVED_BYTE}
        if os.path.exists(path + "-shm"):
            files[os.stat(path + "-shm").st_ino] = _WAL_WRITE_BYTE
        with open("/proc/locks", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except (OSError, UnicodeDecodeError):
        return None
    return next((int(words[4]) for words in lines if _is_write_lock(words, files)), None)


def _is_write_lock(words: list[str], files: dict[int, int]) -> bool:
    """Return whether a line of the kernel's list is SQLite's write lock on one of the files.

    Such as `1: POSIX ADVISORY WRITE 4711 08:01:1234 120 120`; the process may be of another
    container, which is shown as 0 or less.
    """
    if len(words) < 8 or words[1] != "POSIX" or words[3] != "WRITE" or int(words[4]) <= 0:
        return False
    byte = files.get(int(words[5].rpartition(":")[2]))
    last = float("inf") if words[7] == "EOF" else int(words[7])
    return byte is not None and int(words[6]) <= byte <= last


def _unusable(name: str, place: str) -> StoreError | None:
    """Return what is behind an error of SQLite that has several causes."""
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")) and (short := out_of_files()):
        return short
    if name.startswith("SQLITE_BUSY"):
        return without_locks(place)
    if name.startswith("SQLITE_IOERR_SHM") and name != "SQLITE_IOERR_SHMSIZE":
        return StoreError(
            f"the store {place} cannot be used: its file system{_file_system(place)} has no shared"
            " memory, which the store's journal needs",
            hint="copy the store to a local disk; one that is created here has another journal",
        )
    return None


def explain(error: BaseException, place: str) -> ConnectorsError:
    """Return our error for a driver's; the driver's message can quote values."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if unusable := _unusable(name, place):
        return unusable
    for prefix, (what, hint) in _REASONS.items():
        if name.startswith(prefix):
            by = holder(place) if prefix == "SQLITE_BUSY" else ""
            return _KINDS.get(prefix, StoreError)(f"the store {place} {what}{by}", hint=hint)
    if isinstance(error, sqlite3.Error):
        return _explain_statement(error, name, place)
    from connectors_cli.store.read import server_faults

    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate == "42P01":
        return NoTable(f"the store {place} is incomplete: a table is missing")
    known = server_faults.explain(error, place)
    return known or StoreError(f"the store {place} refused a statement (SQLSTATE {sqlstate})")


def _explain_statement(error: sqlite3.Error, name: str, place: str) -> StoreError:
    text = str(error)
    if name == "SQLITE_ERROR" and "no such table" in text:
        return NoTable(f"the store {place} is incomplete: a table is missing")
    if "malformed JSON" in text or "Could not decode" in text:
        return damaged(place)
    return StoreError(f"the store {place} failed ({name or type(error).__name__})")
