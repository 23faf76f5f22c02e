"""Leases in the store: what one process does alone for a while, and ends by itself when it dies."""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlmodel import Session, func, select

from connectors_cli.store import Store
from connectors_cli.tables import Lease

SECONDS = 60.0
"""How long a lease is good for; whoever needs longer has no business under one."""


def take(store: Store, name: str) -> str | None:
    """Take a lease and return its holder's name, or None while somebody else has it."""
    holder = f"{_host()}:{os.getpid()}:{secrets.token_hex(8)}"
    with store.transaction() as session:
        now = _now(session)
        found = session.get(Lease, name)
        if found is not None and now < found.expires_at <= now + timedelta(seconds=SECONDS):
            return None  # one that ends later was taken under a clock that was wrong
        expires_at = now + timedelta(seconds=SECONDS)
        session.merge(Lease(name=name, holder=holder, expires_at=expires_at))
    return holder


def release(store: Store, name: str, holder: str) -> None:
    """Give a lease back, unless it ran out and is somebody else's now."""
    with store.transaction() as session:
        found = session.get(Lease, name)
        if found is not None and found.holder == holder:
            session.delete(found)


@contextmanager
def held(store: Store, name: str) -> Iterator[bool]:
    """Yield whether the lease could be taken; what was taken is given back at the end."""
    holder = take(store, name)
    try:
        yield holder is not None
    finally:
        if holder is not None:
            release(store, name, holder)


def _now(session: Session) -> datetime:
    """Return the time; of a store that several machines share, as its server has it."""
    if session.connection().dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = session.exec(select(func.clock_timestamp())).one()
    return found


@cache
def _host() -> str:
    return socket.gethostname()[:60]
