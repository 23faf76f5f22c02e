"""Connectors as a file declares them: every reference read, every mistake noted with its place."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.declared_keys import SEALED, Notes, check_keys
from connectors_cli.errors import ConnectorsError, Problem
from connectors_cli.manifests import Manifest, Place
from connectors_cli.names import check_tags
from connectors_cli.planning import OWNER, Declared
from connectors_cli.sources import read_source, reference
from connectors_cli.type_reading import TypeReading

Preset = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a file refers to: types, presets, the environment; and how it is to be read."""

    find_entry: Callable[[str], Entry]
    find_preset: Callable[[str], Preset]
    environ: Mapping[str, str]
    tenant: str
    allow_plain: bool = False
    importing: bool = False
    unseal: Callable[[Manifest, int], dict[str, Any]] | None = None


@dataclass(slots=True)
class Declarations:
    """What was read: connectors, problems, and the fields whose values could not be had."""

    connectors: list[Declared] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: set[tuple[int, str]] = field(default_factory=set)
    owners: set[str] = field(default_factory=set)


def declare(
    manifests: Iterable[Manifest], surroundings: Surroundings, label: str | None
) -> Declarations:
    """Return the connectors of documents; `label` is the owner of those that name none."""
    reader = _Reader(surroundings)
    for manifest in manifests:
        reader.read(manifest, None if manifest.is_export else label)
    return reader.found


class _Reader:
    """Reads document after document; what is asked for again is remembered."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.found = Declarations()
        self._around = surroundings
        self._kinds: dict[str, TypeReading | ConnectorsError] = {}
        self._sources: dict[str, str] = {}
        self._presets: dict[str, Preset] = {}

    def read(self, manifest: Manifest, label: str | None) -> None:
        self.found.problems += manifest.problems
        tenant, owner = manifest.head.get("tenant"), manifest.head.get("owner", label)
        if isinstance(tenant, str) and tenant != self._around.tenant:
            text = f"is {tenant[:64]!r}, and this is {self._around.tenant}: add --tenant"
            self.found.problems.append(manifest.place.locate(Problem(("tenant",), "tenant", text)))
        if isinstance(owner, str):
            self.found.owners.add(owner)
            self._check_owner(manifest, owner)
        for index, item in enumerate(manifest.connectors):
            self._connector(manifest, index, item, owner if isinstance(owner, str) else None)

    def _check_owner(self, manifest: Manifest, owner: str) -> None:
        try:
            check_tags([OWNER + owner])
        except ConnectorsError as error:
            text = f"{error.message}: write `owner: LABEL` in the file"
            self.found.problems.append(manifest.place.locate(Problem(("owner",), "owner", text)))

    def _connector(self, manifest: Manifest, index: int, item: Any, owner: str | None) -> None:
        place = Place(manifest.place.file, manifest.place.document, index)
        notes = Notes(self.found.problems, place, item)
        if not isinstance(item, dict):
            notes.add((), "type", "an object is due, with name and type")
            return
        check_keys(item, notes, is_export=manifest.is_export)
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
                auth_expires_at=self._kept(item, "auth_expires_at", _moment, notes),
                place=place,
            )
        )

    def _kept(
        self, item: dict[str, Any], name: str, check: Callable[[str], Any], notes: Notes
    ) -> str | None:
        """Return what only an import takes over: a text that passes, or none."""
        value = item.get(name)
        if not self._around.importing or value is None:
            return None
        try:
            check(value if isinstance(value, str) and len(value) <= 36 else "")
        except ValueError:
            notes.add((name,), "type", "is not what an export has there")
            return None
        return str(value)

    def _kind(self, item: dict[str, Any], notes: Notes) -> TypeReading | None:
        key = item.get("type")
        if not isinstance(key, str):
            return None
        if key not in self._kinds:
            try:
                self._kinds[key] = TypeReading(self._around.find_entry(key))
            except ConnectorsError as error:
                self._kinds[key] = error
        kind = self._kinds[key]
        if isinstance(kind, ConnectorsError):
            notes.add(("type",), "type", kind.message)
            return None
        return kind

    def _tags(self, item: dict[str, Any], owner: str | None, notes: Notes) -> Any:
        tags = item.get("tags")
        if not isinstance(tags, list):
            return None
        if not all(isinstance(tag, str) for tag in tags):
            notes.add(("tags",), "type", "must be a list of text: put each in quotes")
            return None
        if owner and any(t.startswith(OWNER) and t != OWNER + owner for t in tags):
            notes.add(("tags",), "owner", f"tags that begin with {OWNER} name the file's owner")
        return tuple(tags)

    def _values(
        self,
        manifest: Manifest,
        index: int,
        item: dict[str, Any],
        kind: TypeReading,
        notes: Notes,
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        unread: list[str] = []
        values: dict[str, dict[str, Any]] = {"config": self._preset(item, kind, notes), "auth": {}}
        given = {part: _object(item.get(part)) for part in ("config", "auth")}
        checked = not self._around.allow_plain
        if manifest.is_export and manifest.secrets != "omit":
            checked = checked and not self._around.importing and manifest.secrets == "plain"
        if manifest.is_export and manifest.secrets == "sealed":
            given["auth"] = self._unsealed(manifest, index, notes)
        for part, names in given.items():
            literal = manifest.is_export and (part == "config" or manifest.secrets != "omit")
            for name, value in names.items():
                where = (part, name)
                try:
                    if checked:
                        kind.refuse_plain(part, name, value, literal)
                    values[part][name] = value if literal else self._resolved(kind, where, value)
                except ConnectorsError as error:
                    message = error.message.removeprefix(f"{name}: ")
                    notes.add(where, "value", message)
                    unread.append(name)
        return values, unread

    def _unsealed(self, manifest: Manifest, index: int, notes: Notes) -> dict[str, Any]:
        if self._around.unseal is None or manifest.problems:
            return {}
        try:
            return self._around.unseal(manifest, index)
        except ConnectorsError as error:
            notes.add((SEALED,), "sealed", error.message)
            self.found.unread.add((len(self.found.connectors), "*"))
            return {}

    def _preset(self, item: dict[str, Any], kind: TypeReading, notes: Notes) -> dict[str, Any]:
        name = item.get("preset")
        if not isinstance(name, str):
            return {}
        try:
            if name not in self._presets:
                self._presets[name] = self._around.find_preset(name)
        except ConnectorsError as error:
            notes.add(("preset",), "preset", error.message)
            return {}
        key, config = self._presets[name]
        if key != kind.entry.key:
            notes.add(("preset",), "preset", f"is of type {key}")
            return {}
        return dict(config)

    def _resolved(self, kind: TypeReading, path: tuple[str, ...], value: Any) -> Any:
        """Return a value with what it refers to in its place, read as the schema takes it."""
        source = reference(value)
        if source is not None:
            return kind.read_as(path, self._text(source, path[-1]))
        if isinstance(value, dict):
            return {name: self._resolved(kind, (*path, name), v) for name, v in value.items()}
        if isinstance(value, list):
            return [self._inner(item, path[-1]) for item in value]
        return value

    def _inner(self, value: Any, name: str) -> Any:
        source = reference(value)
        return self._text(source, name) if source is not None else value

    def _text(self, source: str, name: str) -> str:
        if self._around.importing and not source.startswith("env:"):
            raise ConnectorsError("an import takes no reference but {env: VARIABLE}: use apply")
        if source not in self._sources:
            text = read_source(source, name, self._around.environ)
            is_variable = source.startswith("env:")
            self._sources[source] = (
                text if is_variable else text.removesuffix("\n").removesuffix("\r")
            )
        return self._sources[source]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(text: str) -> datetime:
    """Return a time with its zone; ValueError for another text."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment
