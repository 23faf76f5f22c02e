"""Appends events in plain SQL: the one way into the audit log, for the gate and fast lane."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from connectors_cli.chain import Sealer, hash_entry
from connectors_cli.driver_faults import damaged
from connectors_cli.settings import Settings

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.database import Database
    from connectors_cli.vault import Key


class Actor:
    """Who acts: the principal as the operating system knows it, and who the audit columns name."""

    __slots__ = ("email", "name", "principal")

    def __init__(self, principal: str, email: str, name: str) -> None:
        self.principal = principal
        self.email = email
        self.name = name


Event = tuple[str, str, str, str]
"""An action, its subject, its outcome, and details as JSON text without values."""

_INSERT = (
    "INSERT INTO events (at, tenant_id, principal, email, action, subject, outcome, details,"
    " seal_key_id, previous_hash, hash, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_START = (
    "INSERT INTO log_heads (tenant_id, entries, sealed_entries, seal, seal_key_id)"
    " VALUES (?, 0, 0, ?, ?) ON CONFLICT DO NOTHING"
)


def start(db: Database, tenant: str, key: Key | None = None) -> None:
    """Begin a tenant's log, sealed as empty; one that is there stays as it is."""
    sealer = Sealer(key, tenant) if key else None
    row = (tenant, sealer.seal_head(0, None), sealer.key_id) if sealer else (tenant, None, None)
    db.write(_START, (row,))


def append(
    db: Database, actor: Actor, tenant: str, events: Iterable[Event], key: Key | None = None
) -> None:
    """Add events to a tenant's log, within a write transaction.

    `key` is the tenant's, where it is at hand: then each entry and the log's length are sealed.
    The log stays locked until the transaction ends, so whoever locks more should do it before.
    """
    sealer = Sealer(key, tenant) if key else None
    chain = _Chain(actor, tenant, sealer, *_locked_head(db, tenant))
    db.write(_INSERT, chain.rows(events))
    moved = "UPDATE log_heads SET entries = ?, hash = ?"
    head: tuple[Any, ...] = (chain.entries, chain.last_hash)
    if sealer is not None:
        moved += ", sealed_entries = ?, seal = ?, seal_key_id = ?"
        head += (chain.entries, sealer.seal_head(*head), sealer.key_id)
    db.write(f"{moved} WHERE tenant_id = ?", ((*head, tenant),))


class _Chain:
    """Makes events the next entries of a log, and keeps where it then ends."""

    def __init__(
        self,
        actor: Actor,
        tenant: str,
        sealer: Sealer | None,
        entries: int,
        last_hash: str | None,
    ) -> None:
        self._actor = actor
        self._tenant = tenant
        self._sealer = sealer
        self.entries = entries
        self.last_hash = last_hash

    def rows(self, events: Iterable[Event]) -> Iterator[tuple[str | None, ...]]:
        """Yield the values of each event's row."""
        who, sealer = (self._tenant, self._actor.principal, self._actor.email), self._sealer
        key_id = sealer.key_id if sealer else None
        for action, subject, outcome, details in events:
            told = _storable(subject)[:255]
            entry = (now(), *who, str(action), told, outcome, details, key_id)
            previous, self.last_hash = self.last_hash, hash_entry(self.last_hash, entry)
            self.entries += 1
            seal = sealer.seal_entry(self.last_hash) if sealer else None
            yield (*entry, previous, self.last_hash, seal)


def _storable(text: str) -> str:
    """Return text that every database takes: bytes of a command line that are none are spelled out.

    So a refusal is recorded whatever was asked for.
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _locked_head(db: Database, tenant: str) -> tuple[int, str | None]:
    """Return how many entries a log has and the hash of the last, which nobody else then moves."""
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    sql = f"SELECT entries, hash FROM log_heads WHERE tenant_id = ?{lock}"
    found = db.one(sql, (tenant,))
    if found is None:
        start(db, tenant)
        found = db.one(sql, (tenant,))
    entries, last_hash = found or (0, None)
    if not isinstance(entries, int) or not (last_hash is None or isinstance(last_hash, str)):
        raise damaged(db.place)
    return entries, last_hash


def now() -> str:
    """Return the time as RFC 3339 in UTC with microseconds."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"


def find_actor(settings: Settings, principal: str) -> Actor:
    """Return who acts: the principal; email and name from the environment, else git, else it."""
    email = settings.environ.get("CONNECTORS_USER_EMAIL")
    name = settings.environ.get("CONNECTORS_USER_NAME")
    if not email or not name:
        configured = _git_user()
        email = email or configured.get("user.email")
        name = name or configured.get("user.name")
    email, name = _storable(email or f"{principal}@localhost"), _storable(name or principal)
    return Actor(principal, email[:255], name[:255])


def _git_user() -> dict[str, str]:
    import subprocess

    command = ["git", "config", "--get-regexp", "^user\\.(email|name)$"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    lines = (line.partition(" ") for line in done.stdout.splitlines())
    return {key: "".join(filter(str.isprintable, value)) for key, _, value in lines}
