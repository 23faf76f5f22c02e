"""Connectors on their way out: settings as they are, credentials left out, sealed or plain."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors_cli import journal, keys, reader, recording
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import is_filled_by_flow
from connectors_cli.database import Database
from connectors_cli.envelope import Envelope
from connectors_cli.errors import ConnectorsError
from connectors_cli.key_rows import keys_in_use
from connectors_cli.manifests import VERSION
from connectors_cli.sealed import installed_names, sealed_connector, sealed_connectors
from connectors_cli.settings import Settings
from connectors_cli.vault import Vault

Secrets = Literal["omit", "sealed", "plain"]
SECRETS: dict[str, Secrets] = {"omit": "omit", "sealed": "sealed", "plain": "plain"}
_SLUG = re.compile(r"[^A-Za-z0-9]+")


@dataclass(slots=True)
class Export:
    """An export: its head, its connectors (once), and then its end."""

    head: dict[str, Any]
    items: Iterator[dict[str, Any]] = field(repr=False)
    end: Iterator[dict[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which connectors (all without names), and what becomes of their credentials."""

    names: tuple[str, ...] = ()
    secrets: Secrets = "omit"
    envelope: Envelope | None = None


def export_connectors(
    db: Database, settings: Settings, choice: Choice, find_entry: Callable[[str], Entry]
) -> Export:
    """Return the connectors as a file has them, streamed from one state of the store.

    An export of credentials is recorded, for each connector, before the first of them leaves.
    Raises NotFound, NotPermitted, KeyProblem; while streaming Tampered.
    """
    db.freeze()
    names = list(dict.fromkeys(choice.names))
    total = len(names) or reader.count_installed(db, settings.tenant)
    found = [sealed_connector(db, settings.tenant, name)["name"] for name in names]
    recorded = None if choice.secrets == "omit" else _record(db, settings, found, choice.secrets)
    head: dict[str, Any] = {"connectors_export": VERSION, "tenant": settings.tenant}
    head["secrets"] = choice.secrets
    if choice.envelope is not None:
        head["sealing"] = choice.envelope.head
    count = _Counted(_Writer(db, settings, choice, find_entry).items(found, recorded))
    return Export(head, count.items(), _end(count, choice.envelope), total)


class _Counted:
    """Counts what goes by."""

    def __init__(self, items: Iterator[dict[str, Any]]) -> None:
        self._items = items
        self.count = 0

    def items(self) -> Iterator[dict[str, Any]]:
        for item in self._items:
            self.count += 1
            yield item


def _end(counted: _Counted, envelope: Envelope | None) -> Iterator[dict[str, Any]]:
    end: dict[str, Any] = {"count": counted.count}
    if envelope is not None:
        end["seal"] = envelope.seal(counted.count, end, None)
    yield end


class _Writer:
    """Makes each row what the file has of it."""

    def __init__(
        self, db: Database, settings: Settings, choice: Choice, find_entry: Callable[[str], Entry]
    ) -> None:
        self._db = db
        self._tenant = settings.tenant
        self._choice = choice
        self._find_entry = find_entry
        self._vaults: dict[str, Vault] = {}
        self._source: keys.KeySource | None = None
        self._environ = settings.environ
        self._flow: dict[str, frozenset[str]] = {}
        self._slugs: set[str] = set()

    def items(
        self, names: Sequence[str], recorded: frozenset[str] | None
    ) -> Iterator[dict[str, Any]]:
        """Yield what the file has of each row; what was installed since the record is left out."""
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
        auth = self._vault(row["key_id"]).open_row(row)
        if self._choice.envelope is None:
            return {**item, "auth": auth}
        return {**item, "auth_sealed": self._choice.envelope.seal(number, item, auth)}

    def _references(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a reference for each credential, but for those that signing in fills."""
        key, slug = row["catalog_key"], self._slug(row["name"])
        if key not in self._flow:
            properties = self._find_entry(key).auth_schema.get("properties", {})
            flow = (name for name, inner in properties.items() if is_filled_by_flow(inner))
            self._flow[key] = frozenset(flow)
        return {
            name: {"env": f"{slug}__{_SLUG.sub('_', name).upper()}"}
            for name in row["auth"]
            if name not in self._flow[key]
        }

    def _slug(self, name: str) -> str:
        """Return a name as the beginning of a variable, unlike that of any other."""
        slug = _SLUG.sub("_", name).strip("_").upper()
        if not slug or slug[0].isdigit() or slug in self._slugs:
            digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
            slug = f"C_{slug}_{digest[:6].upper()}"
        self._slugs.add(slug)
        return slug

    def _vault(self, key_id: str) -> Vault:
        if key_id not in self._vaults:
            if self._source is None:
                self._source = keys.find_source(self._environ, self._db.meta["store_id"])
            self._vaults[key_id] = Vault(self._source.get(key_id))
        return self._vaults[key_id]


def _record(db: Database, settings: Settings, names: list[str], secrets: str) -> frozenset[str]:
    """Append an event for each connector, all at once; their ids. Or that it was refused.

    A store that has a journal and no log cannot be written while it is read.
    """
    actor, action = journal.find_actor(settings, db.principal), Action.CONNECTOR_EXPORT
    try:
        recording.permit(db, settings.tenant, action)
        source = keys.find_source(settings.environ, db.meta["store_id"])
        found = [source.get(key_id) for key_id in keys_in_use(db, settings.tenant)]
    except ConnectorsError as error:
        tried = [(name, {"secrets": secrets}) for name in names or ["all"]]
        recording.record(settings, actor, action, tried, error.code)
        raise
    chosen = list(installed_names(db, settings.tenant, names))
    db.thaw()
    events = ((name, {"id": row_id, "secrets": secrets}) for name, row_id in chosen)
    with recording.change(settings, actor, action, events, found):
        pass
    db.freeze()
    return frozenset(row_id for _, row_id in chosen)
