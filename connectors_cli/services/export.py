"""Exports of connectors: settings in plain text, credentials omitted, sealed or plain."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from struct import unpack
from typing import Any, Literal

from connectors_cli.audit import gate, log
from connectors_cli.audit.roles import Action
from connectors_cli.catalog.fields import flow_fields
from connectors_cli.services.apply.manifest import VERSION
from connectors_cli.services.opener import opener_for
from connectors_cli.settings import Settings
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.keys import keys_in_use
from connectors_cli.store.read.sealed import installed_fields, sealed_connector, sealed_connectors
from connectors_cli.system.record import Record, field
from connectors_cli.vault import key_sources
from connectors_cli.vault.passphrase import PassphraseCipher

Secrets = Literal["omit", "sealed", "plain"]
SECRETS: dict[str, Secrets] = {"omit": "omit", "sealed": "sealed", "plain": "plain"}
_SLUG = re.compile(r"[^A-Za-z0-9]+")


class Export(Record, frozen=False):
    """An export: its head, its connectors (an iterator), and its end, valid after them."""

    head: dict[str, Any]
    items: Iterator[dict[str, Any]] = field(shown=False)
    end: Iterator[dict[str, Any]]
    total: int


class Choice(Record):
    """Which connectors to export (all without names), and how to write their credentials."""

    names: tuple[str, ...] = ()
    secrets: Secrets = "omit"
    cipher: PassphraseCipher | None = None


def export_connectors(db: Database, settings: Settings, choice: Choice) -> Export:
    """Return the connectors in the format of export files, streamed from one snapshot.

    An export of credentials is recorded for each connector before the first one is returned.

    Raises:
        NotFound: no connector of a given name.
        NotPermitted: the user may not export credentials.
        KeyProblem: a key is missing.
        Tampered: while streaming, for a connector that was changed outside connectors.
        Rejected: while streaming, for tokens that a sign-in granted for another address.
    """
    db.freeze()
    names = list(dict.fromkeys(choice.names))
    total = len(names) or connectors.count_installed(db, settings.tenant)
    found = [sealed_connector(db, settings.tenant, name)["name"] for name in names]
    recorded = None if choice.secrets == "omit" else _record(db, settings, found, choice.secrets)
    head: dict[str, Any] = {"connectors_export": VERSION, "tenant": settings.tenant}
    head["secrets"] = choice.secrets
    if choice.cipher is not None:
        head["sealing"] = choice.cipher.head
    count = _Counted(_Writer(db, settings, choice, total).items(found, recorded))
    return Export(head, count.items(), _end(count, choice.cipher), total)


class _Counted:
    """An iterator of items that counts them."""

    def __init__(self, items: Iterator[dict[str, Any]]) -> None:
        self._items = items
        self.count = 0

    def items(self) -> Iterator[dict[str, Any]]:
        for item in self._items:
            self.count += 1
            yield item


def _end(counted: _Counted, cipher: PassphraseCipher | None) -> Iterator[dict[str, Any]]:
    end: dict[str, Any] = {"count": counted.count}
    if cipher is not None:
        end["seal"] = cipher.seal(counted.count, end, None)
    yield end


class _Writer:
    """Converts rows to items of an export file."""

    def __init__(self, db: Database, settings: Settings, choice: Choice, total: int) -> None:
        self._db = db
        self._tenant = settings.tenant
        self._choice = choice
        self._opener = opener_for(db, settings)
        self._flow: dict[str, frozenset[str]] = {}
        self._slugs = _Taken(total)

    def items(
        self, names: Sequence[str], recorded: frozenset[str] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield an item for each row, without connectors that the record does not list."""
        rows = sealed_connectors(self._db, self._tenant, names)
        chosen = (row for row in rows if recorded is None or row["id"] in recorded)
        for number, row in enumerate(chosen):
            yield self._item(number, row)

    def _item(self, number: int, row: dict[str, Any]) -> dict[str, Any]:
        item = {
            "name": row["name"],
            "type": row["catalog_key"],
            "status": row["status"],
            "tags": row["tags"],
            "id": row["id"],
            "config": row["config"],
        }
        if row["auth_expires_at"]:
            item["auth_expires_at"] = row["auth_expires_at"]
        if self._choice.secrets == "omit":
            return {**item, "auth": self._references(row)}
        found = self._opener.open(row)
        found.check_origins()
        auth = found.auth
        if self._choice.cipher is None:
            return {**item, "auth": auth}
        return {**item, "auth_sealed": self._choice.cipher.seal(number, item, auth)}

    def _references(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a reference for each credential that a sign-in does not fill."""
        key, slug = row["catalog_key"], self._slug(row["name"])
        if key not in self._flow:
            self._flow[key] = flow_fields(self._opener.type_of(row).entry())
        return {
            name: {"env": f"{slug}__{_SLUG.sub('_', name).upper()}"}
            for name in row["auth"]
            if name not in self._flow[key]
        }

    def _slug(self, name: str) -> str:
        """Return a unique prefix of variables for a connector's name."""
        slug = _SLUG.sub("_", name).strip("_").upper()
        if not slug or slug[0].isdigit() or not self._slugs.take(slug):
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
            slug = f"C_{slug}_{digest[:6].upper()}"
            self._slugs.take(slug)
        return slug


class _Taken:
    """The slugs that were taken, in 8 bytes each: a Bloom filter, which forgets none.

    One in a billion is refused that was not taken, and gets a digest that it did not need.
    """

    def __init__(self, total: int) -> None:
        self._bits = bytearray(8 * max(total, 128))

    def take(self, slug: str) -> bool:
        """Take a slug; return False if it was taken before."""
        digest = hashlib.blake2b(slug.encode()).digest()
        fresh = False
        for place in unpack("<16I", digest):
            byte, bit = divmod(place % (8 * len(self._bits)), 8)
            fresh = fresh or not self._bits[byte] >> bit & 1
            self._bits[byte] |= 1 << bit
        return fresh


def _record(db: Database, settings: Settings, names: list[str], secrets: str) -> frozenset[str]:
    """Record the export of each connector, or its refusal; return the connectors' ids.

    The snapshot is released meanwhile: in journal mode a store cannot be written while it is read.
    """
    actor, action = log.find_actor(settings, db.principal), Action.CONNECTOR_EXPORT
    tried = [(name, {"secrets": secrets}) for name in names or ["all"]]
    with gate.failures_recorded(settings, actor, action, tried):
        gate.permit(db, settings.tenant, action)
        source = key_sources.find_source(settings.environ, db.meta["store_id"])
        found = [source.get(key_id) for key_id in keys_in_use(db, settings.tenant)]
        _check_reason(db, settings, names)
    chosen = list(installed_fields(db, settings.tenant, names))
    db.thaw()
    noted = {"for": "export", "secrets": secrets}
    events = ((name, {"id": row_id, "fields": auth, **noted}) for name, row_id, auth in chosen)
    with gate.change(settings, actor, action, events, found):
        pass
    db.freeze()
    return frozenset(row_id for _, row_id, _ in chosen)


def _check_reason(db: Database, settings: Settings, names: list[str]) -> None:
    """Raise UsageError for a reason that contains a credential, before the log keeps it."""
    opener = opener_for(db, settings)
    for row in sealed_connectors(db, settings.tenant, names) if settings.reason else ():
        opener.open(row)
