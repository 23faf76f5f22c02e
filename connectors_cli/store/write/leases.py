"""Leases in the store: work that one process does alone, which expire if that process dies.

The program has four ways to keep other processes out. Each protects something else:

- `create.exclusive`, a lock file next to a SQLite store (filelock): creating, migrating and
  restoring the file itself, when there is no database yet that could hold a lock.
- `partial.partial_file`, a lock on a partial backup file (flock): shows whether its writer is
  still running, so that the next backup removes only abandoned files.
- A write transaction (`BEGIN IMMEDIATE` in SQLite, row locks in PostgreSQL): a change with its
  permission and its events. It must be short, so no key source, service or user is asked in it.
- Leases, this module: work that asks a service or takes long (token refresh, key rotation). It
  spans several transactions and several machines, and others can still read and write meanwhile.

The first two end with the process, because the operating system holds them. A transaction ends
with the connection. A lease ends at its expiry, or on this host when its process has exited.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from connectors_cli.errors import StoreError
from connectors_cli.store.read import database
from connectors_cli.store.read.database import Database, as_rfc3339
from connectors_cli.store.read.faults import damaged
from connectors_cli.store.write.store import Store
from connectors_cli.system import clock

SECONDS = 60.0
"""How long a lease is valid, unless its holder needs more time."""
_RUN = secrets.token_hex(4)
"""Identifies this process: after a restart of a container another one has its id and host."""
_NEW = (
    "INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING"
)
_SET = "UPDATE leases SET holder = ?, expires_at = ? WHERE name = ?"


def acquire(store: Store, name: str, seconds: float = SECONDS) -> str | None:
    """Acquire a lease and return its holder's name, or None while another process has it."""
    holder = f"{_host()}:{os.getpid()}:{_RUN}{secrets.token_hex(4)}"
    with store.transaction() as db:
        found = _locked(db, name)
        if found is None:  # in PostgreSQL several processes can find none, and only one may get it
            db.write(_NEW, ((name, holder, _until(db, seconds)),))
            taken = _locked(db, name)
            return holder if taken and taken[0] == holder else None
        if _is_valid(*found, _now(db), seconds):  # now: the wait for the row can take long
            return None
        db.write(_SET, ((holder, _until(db, seconds), name),))
    return holder


def renew(db: Database, name: str, holder: str, seconds: float = SECONDS) -> bool:
    """Extend our lease from now on; return False if another process has it."""
    found = _locked(db, name)
    if found is None or found[0] != holder:
        return False
    db.write(_SET, ((holder, _until(db, seconds), name),))
    return True


def holder_of(store: Store, name: str, seconds: float = SECONDS) -> str | None:
    """Return the holder of a lease, as `pid N` or `pid N on HOST`, else None.

    It reads without waiting for writers.
    """
    db = database.open_for_reading(store.url)
    try:
        row = db.one("SELECT holder, expires_at FROM leases WHERE name = ?", (name,))
    finally:
        db.close()
    if row is None:
        return None
    until = clock.parse(row[1]) if isinstance(row[1], str) else row[1]
    if not _is_valid(row[0], until, datetime.now(UTC), seconds):
        return None
    host, pid, _ = _process(row[0])
    return f"pid {pid}" if host == _host() else f"pid {pid} on {host}"


def release(store: Store, name: str, holder: str) -> None:
    """Release a lease, unless it has expired and another process has it."""
    with store.transaction() as db:
        db.write("DELETE FROM leases WHERE name = ? AND holder = ?", ((name, holder),))


@contextmanager
def held(store: Store, name: str, seconds: float = SECONDS) -> Iterator[str | None]:
    """Acquire a lease for this context; yield its holder's name, or None if another process has it.

    If it cannot be released, it expires by itself, at the latest when this process ends.
    """
    holder = acquire(store, name, seconds)
    try:
        yield holder
    finally:
        if holder is not None:
            with suppress(StoreError):
                release(store, name, holder)


def _is_valid(holder: str, until: datetime, now: datetime, seconds: float) -> bool:
    """Return whether a lease is still valid.

    It ignores leases that end implausibly late (a wrong clock) and those of local processes that
    have exited.
    """
    return now < until <= now + timedelta(seconds=seconds) and not _has_exited(holder)


def _has_exited(holder: str) -> bool:
    host, pid, run = _process(holder)
    if host == _host() and pid == str(os.getpid()):
        return not run.startswith(_RUN)
    if os.name != "posix" or host != _host() or not pid.isdecimal():
        return False  # on Windows signal 0 would end the process
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # a process of another user
        return False
    return _is_zombie(pid)


def _is_zombie(pid: str) -> bool:
    """Return whether a process has exited but was not reaped, as in containers without an init."""
    try:
        state = Path("/proc", pid, "stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):  # it has exited, or the system has no /proc
        return False
    return state in {b"Z", b"X"}


def _process(holder: str) -> tuple[str, str, str]:
    """Return the host, the process id and the run of a holder."""
    host, _, rest = holder.partition(":")
    pid, _, run = rest.partition(":")
    return host, pid, run


def _locked(db: Database, name: str) -> tuple[str, datetime] | None:
    """Return the holder of a lease and its end, locked until the transaction ends."""
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    until = as_rfc3339(db.dialect, "expires_at")
    found = db.one(f"SELECT holder, {until} FROM leases WHERE name = ?{lock}", (name,))
    try:
        return (found[0], clock.parse(found[1])) if found else None
    except (TypeError, ValueError):
        raise damaged(db.place) from None


def _until(db: Database, seconds: float) -> str:
    return clock.as_text(_now(db) + timedelta(seconds=seconds))


def _now(db: Database) -> datetime:
    """Return the time; for a store that several machines share, that of its server."""
    if db.dialect == "sqlite":
        return datetime.now(UTC)
    found = db.one("SELECT clock_timestamp()")
    assert found is not None and isinstance(found[0], datetime)  # noqa: S101, PT018 - one row
    return found[0]


@cache
def _host() -> str:
    return socket.gethostname()[:60]
