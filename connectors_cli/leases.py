"""Leases in the store: what one process does alone for a while, and ends by itself when it dies."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import bindparam, text
from sqlmodel import Session, func, select

from connectors_cli import database
from connectors_cli.errors import StoreError
from connectors_cli.store import Store
from connectors_cli.tables import Lease
from connectors_cli.timestamps import Timestamp

SECONDS = 60.0
"""How long a lease is good for, unless whoever takes it says how long its work can be."""
_RUN = secrets.token_hex(4)
"""This process: in a container that is started again, another one has the same id and host."""
_NEW = text(  # in PostgreSQL several can find none at once, and one of them is to have it
    "INSERT INTO leases (name, holder, expires_at) VALUES (:name, :holder, :expires_at)"
    " ON CONFLICT (name) DO NOTHING"
).bindparams(bindparam("expires_at", type_=Timestamp()))


def take(store: Store, name: str, seconds: float = SECONDS) -> str | None:
    """Take a lease and return its holder's name, or None while somebody else has it."""
    holder = f"{_host()}:{os.getpid()}:{_RUN}{secrets.token_hex(4)}"
    length = timedelta(seconds=seconds)
    with store.transaction() as session:
        values = {"name": name, "holder": holder, "expires_at": _now(session) + length}
        if session.connection().execute(_NEW, values).rowcount:
            return holder
        found = session.get(Lease, name, with_for_update=True)
        now = _now(session)  # only now: what was waited for began later than this
        if found is None or _is_good(found.holder, found.expires_at, now, seconds):
            return None
        found.holder, found.expires_at = holder, now + length
        session.add(found)
    return holder


def renew(session: Session, name: str, holder: str, seconds: float = SECONDS) -> bool:
    """Let our own lease last from now on; False when it is somebody else's."""
    found = session.get(Lease, name, with_for_update=True, populate_existing=True)
    if found is None or found.holder != holder:
        return False
    found.expires_at = _now(session) + timedelta(seconds=seconds)
    session.add(found)
    return True


def holder_of(store: Store, name: str, seconds: float = SECONDS) -> str | None:
    """Return who has a lease now, as `pid N` or `pid N on HOST`; None for nobody.

    Who writes is not waited for.
    """
    db = database.open_for_reading(store.url)
    try:
        row = db.one("SELECT holder, expires_at FROM leases WHERE name = ?", (name,))
    finally:
        db.close()
    if row is None:
        return None
    until = datetime.fromisoformat(row[1]) if isinstance(row[1], str) else row[1]
    if not _is_good(row[0], until, datetime.now(UTC), seconds):
        return None
    host, pid, _ = _process(row[0])
    return f"pid {pid}" if host == _host() else f"pid {pid} on {host}"


def release(store: Store, name: str, holder: str) -> None:
    """Give a lease back, unless it ran out and is somebody else's now."""
    with store.transaction() as session:
        found = session.get(Lease, name)
        if found is not None and found.holder == holder:
            session.delete(found)


@contextmanager
def held(store: Store, name: str, seconds: float = SECONDS) -> Iterator[str | None]:
    """Yield the holder's name if the lease could be taken; it is given back at the end.

    Where that cannot be written it runs out by itself, at the latest with this process.
    """
    holder = take(store, name, seconds)
    try:
        yield holder
    finally:
        if holder is not None:
            with suppress(StoreError):
                release(store, name, holder)


def _is_good(holder: str, until: datetime, now: datetime, seconds: float) -> bool:
    """Tell whether a lease still holds.

    One that ends later than it may was taken under a clock that was wrong; one of a process that
    has ended here holds nobody up.
    """
    return now < until <= now + timedelta(seconds=seconds) and not _is_gone(holder)


def _is_gone(holder: str) -> bool:
    host, pid, run = _process(holder)
    if host == _host() and pid == str(os.getpid()):
        return not run.startswith(_RUN)
    if os.name != "posix" or host != _host() or not pid.isdecimal():
        return False  # on Windows a signal 0 would end the process
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's
        return False
    return _is_zombie(pid)


def _is_zombie(pid: str) -> bool:
    """Tell whether a process has ended and nobody took note, as in a container without an init."""
    try:
        state = Path("/proc", pid, "stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):  # gone meanwhile, or a system that has no such file
        return False
    return state in {b"Z", b"X"}


def _process(holder: str) -> tuple[str, str, str]:
    """Return a holder's host and process id, and what tells it from others with that id."""
    host, _, rest = holder.partition(":")
    pid, _, run = rest.partition(":")
    return host, pid, run


def _now(session: Session) -> datetime:
    """Return the time; of a store that several machines share, as its server has it."""
    if session.connection().dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = session.exec(select(func.clock_timestamp())).one()
    return found


@cache
def _host() -> str:
    return socket.gethostname()[:60]
