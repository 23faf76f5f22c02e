"""The audit log: appends chained and sealed events in plain SQL. Nothing else writes to it."""

from __future__ import annotations

from connectors_cli.audit.roles import HANDS_OUT
from connectors_cli.store.read import users
from connectors_cli.system import clock
from connectors_cli.vault.log_seals import BROKEN, LOST, UNSEALED, Head, Sealer, hash_entry

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database
    from connectors_cli.vault.seal import Key


class Actor:
    """The current user: the operating system's principal, and the email and name for the log.

    `reason` is why the user's command uses credentials, if that was given.
    """

    __slots__ = ("email", "name", "principal", "reason")

    def __init__(self, principal: str, email: str, name: str, reason: str = "") -> None:
        self.principal = principal
        self.email = email
        self.name = name
        self.reason = reason


Event = tuple[str, str, str, str]
"""An action, its subject, its outcome, and its details as JSON text, which contains no values."""

_INSERT = (
    "INSERT INTO events (at, tenant_id, principal, email, action, subject, outcome, details,"
    " seal_key_id, previous_hash, hash, seal, connector_id, revision)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
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
    """Create a tenant's log, sealed as empty if there is a key; an existing log is unchanged."""
    sealer = Sealer(key, tenant) if key else None
    sealed = (0, sealer.seal_head(0, None), sealer.key_id) if sealer else (None, None, None)
    db.write(_START, ((tenant, *sealed),))


def append(
    db: Database, actor: Actor, tenant: str, events: Iterable[Event], keys: Iterable[Key] = ()
) -> None:
    """Append events to a tenant's log, inside the caller's write transaction.

    `keys` are the available keys. If the tenant's active key is among them, each entry and the
    log's length are sealed. If the previous seal does not match, the new seals say so; otherwise
    they would hide it. The log stays locked until the transaction ends, so take other locks first.
    """
    head, link = _locked_head(db, tenant, keys)
    chain = _Chain(actor, tenant, link, head, _server_time(db))
    db.write(_INSERT, chain.rows(events))
    if chain.entries == head.entries:
        return
    users.remember(db)
    moved, end = "entries = ?, hash = ?", (chain.entries, chain.last_hash)
    sealed: tuple[Any, ...] = ()
    if link is not None:
        moved += ", sealed_entries = ?, sealed_hash = ?, seal = ?, seal_key_id = ?"
        sealed = (*end, link.sealer.seal_head(*end, link.trust), link.sealer.key_id)
    db.write(f"UPDATE log_heads SET {moved} WHERE tenant_id = ?", ((*end, *sealed, tenant),))


class _Link:
    """The input of the next seal: its key, the last sealed hash, and the trust in the log so far.

    `before` is empty if no earlier seal can be relied on.
    """

    __slots__ = ("before", "sealer", "trust")

    def __init__(self, sealer: Sealer, before: str, trust: str) -> None:
        self.sealer = sealer
        self.before = before
        self.trust = trust

    def seal(self, entry_hash: str) -> str:
        """Return an entry's seal and remember the entry for the next seal."""
        seal = self.sealer.seal_entry(entry_hash, self.before, self.trust)
        self.before = entry_hash
        return seal


class _Chain:
    """Turns events into the next entries of a log, and tracks where the log then ends."""

    def __init__(
        self, actor: Actor, tenant: str, link: _Link | None, head: Head, at: str | None
    ) -> None:
        self._at = at
        self._actor = actor
        self._tenant = tenant
        self._link = link
        self.entries = head.entries
        self.last_hash = head.hash

    def rows(self, events: Iterable[Event]) -> Iterator[tuple[str | int | None, ...]]:
        """Yield the column values of each event."""
        who, link = (self._tenant, self._actor.principal, self._actor.email), self._link
        key_id = link.sealer.key_id if link else None
        for action, subject, outcome, noted in events:
            shown = _storable(subject)[:255]
            details = self._with_reason(noted) if _hands_out(action, outcome) else noted
            entry = (self._at or clock.now(), *who, str(action), shown, outcome, details, key_id)
            previous, self.last_hash = self.last_hash, hash_entry(self.last_hash, entry)
            self.entries += 1
            seal = link.seal(self.last_hash) if link else None
            yield (*entry, previous, self.last_hash, seal, *logged_revision(details))

    def _with_reason(self, details: str) -> str:
        """Return the details of an event with the reason of the actor's command, if any."""
        if not self._actor.reason:
            return details
        import json

        return json.dumps({**json.loads(details), "reason": self._actor.reason})


def _hands_out(action: str, outcome: str) -> bool:
    """Return whether an event says that credentials were handed out, and not refused.

    A refused reason, because it contains a credential, must not be in the log.
    """
    return outcome == "ok" and action in HANDS_OUT


def _server_time(db: Database) -> str | None:
    """Return a server's time, which all who write to it share; None for a local file."""
    if db.dialect != "postgresql":
        return None
    from connectors_cli.store.read.database import as_rfc3339

    row = db.one(f"SELECT {as_rfc3339('postgresql', 'clock_timestamp()')}")
    return str(row[0]) if row else None


def logged_revision(details: str) -> tuple[str | None, int | None]:
    """Return the connector and its revision that an event's details name, if any.

    The events table has them in columns of their own, to find a connector's last one quickly.
    """
    if '"revision"' not in details:
        return None, None
    import json

    noted = json.loads(details)
    revision, row_id = noted.get("revision"), noted.get("id")
    if not isinstance(revision, int) or not isinstance(row_id, str):
        return None, None
    return row_id, revision


def find_actor(settings: Settings, principal: str) -> Actor:
    """Return the current user; email and name come from the environment, git, or the principal."""
    email = settings.environ.get("CONNECTORS_USER_EMAIL")
    name = settings.environ.get("CONNECTORS_USER_NAME")
    if not email or not name:
        configured = _git_user()
        email = email or configured.get("user.email")
        name = name or configured.get("user.name")
    email, name = _storable(email or f"{principal}@localhost"), _storable(name or principal)
    return Actor(principal, email[:255], name[:255], settings.reason)


def _storable(text: str) -> str:
    """Return text that every database accepts; undecodable bytes and NUL are escaped.

    So a refusal can be recorded for any command line.
    """
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _locked_head(db: Database, tenant: str, keys: Iterable[Key]) -> tuple[Head, _Link | None]:
    """Lock a log; return where it ends, and what to seal with (None without the active key)."""
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    found = db.one(_HEAD + lock, (tenant,))
    if found is None:
        start(db, tenant)
        found = db.one(_HEAD + lock, (tenant,)) or (0, *[None] * 7)
    entries, last_hash, sealed_entries, sealed_hash, seal, key_id, active, is_own = found
    if not isinstance(entries, int) or not (last_hash is None or isinstance(last_hash, str)):
        from connectors_cli.store.read.faults import damaged

        raise damaged(db.place)
    head = Head(entries, last_hash, (sealed_entries, sealed_hash), (seal, key_id))
    known = {key.id: Sealer(key, tenant) for key in keys if key.id in {active, key_id}}
    if active not in known:
        return head, None
    return head, _Link(known[active], *_before(head, known.get(key_id), is_own=bool(is_own)))


def _before(head: Head, sealer: Sealer | None, *, is_own: bool) -> tuple[str, str]:
    """Return the hash of the last sealed entry, and the trust in the log up to it.

    `sealer` belongs to the key of the last seal. None means that this key was lost: a command that
    has the tenant's active key otherwise has the previous one too.
    """
    if head.is_bare:
        return "", UNSEALED
    if not is_own or not head.is_possible():
        return "", BROKEN
    if sealer is None:
        return "", LOST
    trust = head.trust(sealer)
    return ("", BROKEN) if trust is None else (head.sealed_hash or "", trust)


def _git_user() -> dict[str, str]:
    import os

    from connectors_cli.system import programs
    from connectors_cli.system.environment import environment

    command = ["git", "config", "--get-regexp", "^user\\.(email|name)$"]
    try:
        out = programs.printed(command, environment(os.environ), 5)
    except (OSError, ValueError):
        return {}
    lines = (line.partition(" ") for line in out.decode("utf-8", "replace").splitlines())
    return {key: "".join(filter(str.isprintable, value)) for key, _, value in lines}
