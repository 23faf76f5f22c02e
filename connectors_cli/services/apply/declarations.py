"""Connectors as a file declares them, with references resolved and problems located."""

import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.documents.read import readable_by_others
from connectors_cli.documents.references import (
    Literal,
    check_not_empty,
    in_folder,
    reference,
    trimmed,
    with_literals,
)
from connectors_cli.documents.sources import Sources, Unread
from connectors_cli.errors import ConnectorsError, Problem
from connectors_cli.forms.secrets import secrets_of
from connectors_cli.services.apply.manifest import Manifest, Place, unknown
from connectors_cli.services.apply.plan import Declared
from connectors_cli.services.names import OWNER, check_name
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.system import clock

_KEYS = ("name", "type", "config", "auth", "tags", "status", "preset")
_SEALED = "auth_sealed"
# Keys of exports and of other tools that are ignored.
_IGNORED = frozenset(
    {"id", "auth_expires_at", "tenant_id", "version", "last_check"}
    | {
        f"{verb}_{what}"
        for verb in ("created", "updated")
        for what in ("at", "by_email", "by_name")
    }
)
_TYPES: dict[str, tuple[type, str]] = {
    "name": (str, "text"),
    "type": (str, "text"),
    "config": (dict, "an object"),
    "auth": (dict, "an object"),
    "tags": (list, "a list of text"),
    "status": (str, "active or inactive"),
    "preset": (str, "text"),
}
_STATUSES = frozenset({"active", "inactive"})
Preset = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class DeclarationContext:
    """What a file refers to (types, presets, sources), and how to read it."""

    find_entry: Callable[[str], Entry]
    find_preset: Callable[[str], Preset]
    sources: Sources
    tenant: str
    allow_plain: bool = False
    importing: bool = False
    unseal: Callable[[Manifest, int], dict[str, Any]] | None = None


@dataclass(slots=True)
class Declarations:
    """The result of reading: connectors, problems, and fields whose values could not be read.

    `sources` are all that the file refers to, read or not.
    """

    connectors: list[Declared] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: set[tuple[int, str]] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)
    sources: tuple[str, ...] = ()


def declare(
    manifests: Iterable[Manifest], context: DeclarationContext, label: str | None
) -> Declarations:
    """Return the connectors of documents; `label` is the owner for documents without one."""
    reader = _Reader(context)
    for manifest in manifests:
        reader.read(manifest, None if manifest.is_export else label)
    reader.found.sources = tuple(reader.texts)
    return reader.found


class _Notes:
    """Collects the problems of one connector with their places."""

    def __init__(self, problems: list[Problem], place: Place, item: Any) -> None:
        self._problems = problems
        self._place = place
        name = item.get("name") if isinstance(item, dict) else None
        self._name = name[:100] if isinstance(name, str) else None

    def add(self, path: tuple[str | int, ...], rule: str, message: str) -> None:
        self._problems.append(self._place.locate(Problem(path, rule, message), self._name))


class _Reader:
    """Reads documents one after another; types, presets and sources are read once."""

    def __init__(self, context: DeclarationContext) -> None:
        self.found = Declarations()
        self._context = context
        self._types: dict[str, PreparedType | ConnectorsError] = {}
        self.texts: dict[str, str] = {}
        self._folder = ""
        self._presets: dict[str, Preset] = {}
        self._exposed: dict[str, bool] = {}

    def read(self, manifest: Manifest, label: str | None) -> None:
        self.found.problems += manifest.problems
        tenant, owner = manifest.head.get("tenant"), manifest.head.get("owner", label)
        if isinstance(tenant, str) and tenant != self._context.tenant:
            current = self._context.tenant
            text = f"is {tenant[:64]!r}, but the current tenant is {current}: add --tenant"
            self.found.problems.append(manifest.place.locate(Problem(("tenant",), "tenant", text)))
        if isinstance(owner, str):
            self.found.owners.add(owner)
            self._check_owner(manifest, owner)
        for index, item in enumerate(manifest.connectors):
            self._connector(manifest, index, item, owner if isinstance(owner, str) else None)

    def _check_owner(self, manifest: Manifest, owner: str) -> None:
        try:
            check_name(OWNER + owner)
        except ConnectorsError as error:
            text = f"{error.message}: add `owner: LABEL` to the file"
            self.found.problems.append(manifest.place.locate(Problem(("owner",), "owner", text)))

    def _connector(self, manifest: Manifest, index: int, item: Any, owner: str | None) -> None:
        place = Place(manifest.place.file, manifest.place.document, index)
        notes = _Notes(self.found.problems, place, item)
        if not isinstance(item, dict):
            notes.add((), "type", "must be an object with name and type")
            return
        _check_keys(item, notes, is_export=manifest.is_export)
        kind = self._kind(item, notes)
        if kind is None or not isinstance(item.get("name"), str):
            return
        values, unread = self._values(manifest, index, item, kind, notes)
        self.found.unread |= {(len(self.found.connectors), name) for name in unread}
        self.found.connectors.append(
            Declared(
                entry=kind.entry,
                name=item["name"],
                config=values["config"],
                auth=values["auth"],
                tags=self._tags(item, owner, notes),
                status=item.get("status"),
                owner=owner,
                id=self._kept(item, "id", uuid.UUID, notes),
                auth_expires_at=self._kept(item, "auth_expires_at", clock.parse, notes),
                place=place,
            )
        )

    def _kept(
        self, item: dict[str, Any], name: str, check: Callable[[str], Any], notes: _Notes
    ) -> str | None:
        """Return a text that only an import accepts, once it passes the check; else None."""
        value = item.get(name)
        if not self._context.importing or value is None:
            return None
        try:
            check(value if isinstance(value, str) and len(value) <= 36 else "")
        except ValueError:
            notes.add((name,), "type", "is not a value that an export contains")
            return None
        return str(value)

    def _kind(self, item: dict[str, Any], notes: _Notes) -> PreparedType | None:
        key = item.get("type")
        if not isinstance(key, str):
            return None
        if key not in self._types:
            try:
                self._types[key] = PreparedType(self._context.find_entry(key))
            except ConnectorsError as error:
                self._types[key] = error
        kind = self._types[key]
        if isinstance(kind, ConnectorsError):
            notes.add(("type",), "type", kind.message)
            return None
        return kind

    def _tags(self, item: dict[str, Any], owner: str | None, notes: _Notes) -> Any:
        tags = item.get("tags")
        if not isinstance(tags, list):
            return None
        if not all(isinstance(tag, str) for tag in tags):
            notes.add(("tags",), "type", "must be a list of text: put each tag in quotes")
            return None
        if owner and any(t.startswith(OWNER) and t != OWNER + owner for t in tags):
            notes.add(
                ("tags",),
                "owner",
                f"tags that start with {OWNER} are reserved for the file's owner",
            )
        return tuple(tags)

    def _values(
        self,
        manifest: Manifest,
        index: int,
        item: dict[str, Any],
        kind: PreparedType,
        notes: _Notes,
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        unread: list[str] = []
        values: dict[str, dict[str, Any]] = {"config": self._preset(item, kind, notes), "auth": {}}
        given = {part: _object(item.get(part)) for part in ("config", "auth")}
        checked = not self._context.allow_plain
        if manifest.is_export and manifest.secrets != "omit":
            checked = checked and not self._context.importing and manifest.secrets == "plain"
        if manifest.is_export and manifest.secrets == "sealed":
            given["auth"] = self._unsealed(manifest, index, notes)
        self._folder = os.path.dirname(manifest.place.file.path)
        exposed = manifest.secrets != "sealed" and self._is_exposed(manifest.place.file.path)
        for part, names in given.items():
            literal = manifest.is_export and (part == "config" or manifest.secrets != "omit")
            for name, written in names.items():
                where, value = (part, name), written if literal else with_literals(written)
                try:
                    if checked or exposed:
                        kind.refuse_plain(part, name, value, literal, allowed=not checked)
                    values[part][name] = value if literal else self._resolved(kind, where, value)
                except ConnectorsError as error:
                    message = error.message.removeprefix(f"{name}: ")
                    notes.add(where, "value", message)
                    unread.append(name)
        return values, unread

    def _is_exposed(self, path: str) -> bool:
        """Return whether other users can read a file; looked up once."""
        if path not in self._exposed:
            self._exposed[path] = readable_by_others(path)
        return self._exposed[path]

    def _unsealed(self, manifest: Manifest, index: int, notes: _Notes) -> dict[str, Any]:
        if self._context.unseal is None or manifest.problems:
            self.found.unread.add((len(self.found.connectors), "*"))
            return {}
        try:
            return self._context.unseal(manifest, index)
        except ConnectorsError as error:
            notes.add((_SEALED,), "sealed", error.message)
            self.found.unread.add((len(self.found.connectors), "*"))
            return {}

    def _preset(self, item: dict[str, Any], kind: PreparedType, notes: _Notes) -> dict[str, Any]:
        name = item.get("preset")
        if not isinstance(name, str):
            return {}
        try:
            if name not in self._presets:
                self._presets[name] = self._context.find_preset(name)
        except ConnectorsError as error:
            notes.add(("preset",), "preset", error.message)
            return {}
        key, config = self._presets[name]
        if key != kind.entry.key:
            notes.add(("preset",), "preset", f"is of type {key}")
            return {}
        return dict(config)

    def _resolved(self, kind: PreparedType, path: tuple[str | int, ...], value: Any) -> Any:
        """Return a value with its references resolved, converted as the schema expects."""
        source = reference(value)
        if source is not None:
            name = ".".join(map(str, path[1:]))
            text = self._text(source, name)
            schema = kind.entry.auth_schema if path[0] == "auth" else kind.entry.config_schema
            if secrets_of(schema).within(path[1:]):
                check_not_empty(text, source, name)
            return kind.read_as(path, text)
        if isinstance(value, dict):
            return {name: self._resolved(kind, (*path, name), v) for name, v in value.items()}
        if isinstance(value, list):
            items = enumerate(value)
            return [self._resolved(kind, (*path, index), item) for index, item in items]
        return str(value) if isinstance(value, Literal) else value

    def _text(self, source: str, name: str) -> str:
        if self._context.importing and not source.startswith("env:"):
            raise ConnectorsError(
                "an import accepts only {env: VARIABLE} references: use connectors apply"
            )
        source = in_folder(source, self._folder)
        if source not in self.texts:
            text = self._context.sources.text(source, name)
            self.texts[source] = text if isinstance(text, Unread) else trimmed(text)
        return self.texts[source]


def _check_keys(item: dict[str, Any], notes: _Notes, *, is_export: bool) -> None:
    """Note every key that is unknown, missing, or of the wrong type."""
    known = (*_KEYS, _SEALED) if is_export else _KEYS
    for name in item:
        if name not in known and name not in _IGNORED:
            notes.add((name,), "unknown", unknown(name, _KEYS))
    for name in ("name", "type"):
        if item.get(name) is None:
            notes.add((name,), "required", "is missing")
    for name, (kind, words) in _TYPES.items():
        if not isinstance(item.get(name), kind | None):
            notes.add((name,), "type", f"must be {words}{_hint(item[name])}")
    allowed = _STATUSES | {"error"} if is_export else _STATUSES
    if isinstance(item.get("status"), str) and item["status"] not in allowed:
        notes.add(("status",), "enum", "must be active or inactive")


def _hint(value: Any) -> str:
    return ": put it in quotes" if isinstance(value, int | float | bool) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
