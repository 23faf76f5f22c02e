"""What a driver reports, in our words: its own can quote values."""

from __future__ import annotations

import sqlite3

from connectors_cli.errors import Damaged, StoreError, Unwritable
from connectors_cli.settings import BUSY_SECONDS

_FROM_BACKUP = "put a backup in its place: `connectors restore --from FILE`"
_KINDS = {
    **dict.fromkeys(("SQLITE_NOTADB", "SQLITE_CORRUPT"), Damaged),
    **dict.fromkeys(("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE", "SQLITE_READONLY"), Unwritable),
}
_REASONS = {
    "SQLITE_NOTADB": ("is not a database", _FROM_BACKUP),
    "SQLITE_CORRUPT": ("is damaged", _FROM_BACKUP),
    "SQLITE_FULL": ("cannot grow: the disk is full", "free some space; nothing was changed"),
    "SQLITE_IOERR_SHMSIZE": ("cannot be used: the disk is full", "free some space"),
    "SQLITE_READONLY": ("is read-only", "check the file's and the folder's owner and mode"),
    "SQLITE_CANTOPEN": ("cannot be opened", "check the folder's owner and mode"),
    "SQLITE_IOERR": ("cannot be read or written: the disk reports an error", "check the disk"),
    "SQLITE_BUSY": (f"was held by another process for {BUSY_SECONDS:.0f} s", "try again"),
    "SQLITE_PERM": ("may not be opened by this user", "check its owner and mode"),
}


class NoTable(StoreError):
    """A table is not there."""


def damaged(place: str) -> Damaged:
    """Return the error for a row that this program cannot have written."""
    return Damaged(
        f"the store {place} is damaged: a row holds text or JSON that cannot be read",
        hint=_FROM_BACKUP,
    )


def explain(error: BaseException, place: str) -> StoreError:
    """Return a driver's error in our words; the driver's own text can quote values."""
    name = getattr(error, "sqlite_errorname", None) or ""
    for prefix, (what, hint) in _REASONS.items():
        if name.startswith(prefix):
            return _KINDS.get(prefix, StoreError)(f"the store {place} {what}", hint=hint)
    sqlstate = getattr(error, "sqlstate", None)
    if sqlstate == "42P01":
        return NoTable(f"{place} is incomplete: a table is missing")
    if sqlstate is not None:
        return StoreError(f"{place} refused a statement (SQLSTATE {sqlstate})")
    if isinstance(error, sqlite3.Error):
        return _explain_statement(error, name, place)
    return StoreError(
        f"{place} cannot be reached ({type(error).__name__})",
        hint="check the store's URL and that the server is up",
    )


def _explain_statement(error: sqlite3.Error, name: str, place: str) -> StoreError:
    text = str(error)
    if name == "SQLITE_ERROR" and "no such table" in text:
        return NoTable(f"the store {place} is incomplete: no such table")
    if "malformed JSON" in text or "Could not decode" in text:
        return damaged(place)
    return StoreError(f"the store {place} failed ({name or type(error).__name__})")
