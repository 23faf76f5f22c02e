"""Appends events in plain SQL: the one way into the audit log, for the gate and fast lane."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from connectors_cli.chain import BROKEN, LOST, UNSEALED, Head, Sealer, hash_entry
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
    " VALUES (?, 0, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_HEAD = (
    "SELECT entries, hash, sealed_entries, sealed_hash, seal, seal_key_id,"
    " (SELECT id FROM keys WHERE tenant_id = log_heads.tenant_id AND state = 'active'),"
    " (SELECT 1 FROM keys WHERE tenant_id = log_heads.tenant_id AND id = seal_key_id)"
    " FROM log_heads WHERE tenant_id = ?"
)


def start(db: Database, tenant: str, key: Key | None = None) -> None:
    """Begin a tenant's log, sealed as empty; one that is there stays as it is."""
    sealer = Sealer(key, tenant) if key else None
    sealed = (0, sealer.seal_head(0, None), sealer.key_id) if sealer else (None, None, None)
    db.write(_START, ((tenant, *sealed),))


def append(
    db: Database, actor: Actor, tenant: str, events: Iterable[Event], keys: Iterable[Key] = ()
) -> None:
    """Add events to a tenant's log, within a write transaction.

    `keys` are those that are at hand: where the tenant's active one is among them, each entry and
    the log's length are sealed. The seals say when the seal that was there before does not match,
    for a new one would hide that. The log stays locked until the transaction ends, so whoever
    locks more should do it before.
    """
    head, link = _locked_head(db, tenant, keys)
    chain = _Chain(actor, tenant, link, head)
    db.write(_INSERT, chain.rows(events))
    if chain.entries == head.entries:
        return
    moved, end = "entries = ?, hash = ?", (chain.entries, chain.last_hash)
    sealed: tuple[Any, ...] = ()
    if link is not None:
        moved += ", sealed_entries = ?, sealed_hash = ?, seal = ?, seal_key_id = ?"
        sealed = (*end, link.sealer.seal_head(*end, link.standing), link.sealer.key_id)
    db.write(f"UPDATE log_heads SET {moved} WHERE tenant_id = ?", ((*end, *sealed, tenant),))


class _Link:
    """What the next seal is laid with: under which key, after which sealed entry, and what of it.

    `before` is no text where the seal before is none to lean on.
    """

    __slots__ = ("before", "sealer", "standing")

    def __init__(self, sealer: Sealer, before: str, standing: str) -> None:
        self.sealer = sealer
        self.before = before
        self.standing = standing

    def seal(self, entry_hash: str) -> str:
        """Return an entry's seal, which the next one follows."""
        seal = self.sealer.seal_entry(entry_hash, self.before, self.standing)
        self.before = entry_hash
        return seal


class _Chain:
    """Makes events the next entries of a log, and keeps where it then ends."""

    def __init__(self, actor: Actor, tenant: str, link: _Link | None, head: Head) -> None:
        self._actor = actor
        self._tenant = tenant
        self._link = link
        self.entries = head.entries
        self.last_hash = head.hash

    def rows(self, events: Iterable[Event]) -> Iterator[tuple[str | None, ...]]:
        """Yield the values of each event's row."""
        who, link = (self._tenant, self._actor.principal, self._actor.email), self._link
        key_id = link.sealer.key_id if link else None
        for action, subject, outcome, details in events:
            told = _storable(subject)[:255]
            entry = (now(), *who, str(action), told, outcome, details, key_id)
            previous, self.last_hash = self.last_hash, hash_entry(self.last_hash, entry)
            self.entries += 1
            seal = link.seal(self.last_hash) if link else None
            yield (*entry, previous, self.last_hash, seal)


def _storable(text: str) -> str:
    """Return text that every database takes: bytes of a command line that are none are spelled out.

    So a refusal is recorded whatever was asked for.
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _locked_head(db: Database, tenant: str, keys: Iterable[Key]) -> tuple[Head, _Link | None]:
    """Return where a log ends, which nobody else then moves, and what to seal with."""
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    found = db.one(_HEAD + lock, (tenant,))
    if found is None:
        start(db, tenant)
        found = db.one(_HEAD + lock, (tenant,)) or (0, *[None] * 7)
    entries, last_hash, sealed_entries, sealed_hash, seal, key_id, active, is_own = found
    if not isinstance(entries, int) or not (last_hash is None or isinstance(last_hash, str)):
        from connectors_cli.driver_faults import damaged

        raise damaged(db.place)
    head = Head(entries, last_hash, (sealed_entries, sealed_hash), (seal, key_id))
    known = {key.id: Sealer(key, tenant) for key in keys if key.id in {active, key_id}}
    if active not in known:
        return head, None
    return head, _Link(known[active], *_before(head, known.get(key_id), is_own=bool(is_own)))


def _before(head: Head, sealer: Sealer | None, *, is_own: bool) -> tuple[str, str]:
    """Return the hash of the entry that is sealed last, and what is known of the log up to it.

    `sealer` is of the key that sealed it, and None when that is not to be had: a command that has
    the tenant's key has the one before, too, unless it was lost.
    """
    if head.is_bare:
        return "", UNSEALED
    if not is_own or not head.is_possible():
        return "", BROKEN
    if sealer is None:
        return "", LOST
    standing = head.standing(sealer)
    return ("", BROKEN) if standing is None else (head.sealed_hash or "", standing)


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
