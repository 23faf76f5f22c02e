"""Connectors chosen for a test and opened, each with its type or with what keeps it closed."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli import catalog, reader, remedies
from connectors_cli.catalog import Entry
from connectors_cli.database import Database, open_for_reading
from connectors_cli.errors import ConnectorsError, KeyProblem, NotFound, Problem
from connectors_cli.forms.validation import checker
from connectors_cli.keys import KeySource, find_source
from connectors_cli.probes.finding import Finding, Fix
from connectors_cli.rows import TEXT, only_row
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings
from connectors_cli.vault import Key, Vault


@dataclass(frozen=True, slots=True)
class Choice:
    """Which connectors: these, or all that carry a tag and are of a type."""

    names: tuple[str, ...] = ()
    tag: str | None = None
    type: str | None = None
    targets_only: bool = False
    capability: str | None = None


class Kind:
    """A type, and what is made of it once for all its connectors."""

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.public = remedies.public_fields(entry)
        self.digest = entry.digest if entry.source == "custom" else None
        self._of_config = checker(entry.config_schema)
        self._of_auth = checker(entry.auth_schema)
        properties = entry.config_schema.get("properties", {}).items()
        self.defaults = {
            name: schema["default"]
            for name, schema in properties
            if isinstance(schema, dict) and "default" in schema
        }

    def problems(self, config: Any, auth: Any) -> tuple[Problem, ...]:
        """Return what does not match the type's schemas."""
        return (*self._of_config(config), *self._of_auth(auth))


@dataclass(slots=True)
class Subject:
    """One connector to test, its credentials open, or with what keeps it from being tested."""

    row: dict[str, Any]
    kind: Kind | None = None
    auth: dict[str, Any] = field(default_factory=dict, repr=False)
    key: Key | None = None
    found: Finding | None = None
    hint: str | None = None
    latency_ms: int | None = None

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def entry(self) -> Entry | None:
        return self.kind.entry if self.kind else None


def open_all(settings: Settings, choice: Choice) -> list[Subject]:
    """Open the chosen connectors; NotFound for a name, all else is in what is found of each."""
    db = open_for_reading(settings.store)
    opener = _Opener(settings, db)
    try:
        names = choice.names or _names(db, settings.tenant, choice)
        rows = {}
        for name in names:
            subject = opener.open(name)
            rows[subject.row["id"]] = subject
        return list(rows.values())
    finally:
        db.close()


def _names(db: Database, tenant: str, choice: Choice) -> list[str]:
    listed = reader.get_publish_targets if choice.targets_only else reader.list_installed
    filters = {"tag": choice.tag, "type": choice.type, "capability": choice.capability}
    return [row[0] for row in listed(db, tenant, (("id", TEXT),), **filters).rows]


class _Opener:
    """Opens connectors one by one; keys and types are made ready once."""

    def __init__(self, settings: Settings, db: Database) -> None:
        self._settings = settings
        self._db = db
        self._source: KeySource | KeyProblem | None = None
        self._vaults: dict[str, Vault] = {}
        self._kinds: dict[str, Kind] = {}

    def open(self, name: str) -> Subject:
        """Return a connector, its seal checked; NotFound when there is none of this name."""
        try:
            row = sealed_connector(self._db, self._settings.tenant, name)
        except KeyProblem as error:  # its row cannot even be read
            known = tuple((column, TEXT) for column in ("id", "name", "catalog_key", "status"))
            found = reader.show_connector(self._db, self._settings.tenant, name, known)
            row = {**only_row(found), "tenant_id": self._settings.tenant, "auth_mac": ""}
            return _refused(Subject(row), error)
        subject = Subject(row)
        try:
            subject.kind = self._kind(row)
            vault = self._vault(row["key_id"])
            subject.key, subject.auth = vault.key, vault.open_row(row)
        except ConnectorsError as error:
            return _refused(subject, error)
        subject.found = _misfit(subject.kind, subject)
        return subject

    def _kind(self, row: dict[str, Any]) -> Kind:
        """Return the type: a built-in one from the program's files; else as the seal has it."""
        key, custom = row["catalog_key"], row["source"] == "custom"
        if key not in self._kinds:
            self._kinds[key] = Kind(self._stored(key) if custom else catalog.load(key))
        if custom:
            row["digest"] = self._kinds[key].digest
        return self._kinds[key]

    def _stored(self, key: str) -> Entry:
        stored = reader.catalog_entry(self._db, key)
        if stored is None:
            raise NotFound(f"no connector type {key!r}")
        return catalog.entry_of({**stored, "source": "custom"})

    def _vault(self, key_id: str) -> Vault:
        if key_id not in self._vaults:
            self._vaults[key_id] = Vault(self._key_source().get(key_id))
        return self._vaults[key_id]

    def _key_source(self) -> KeySource:
        """Return where keys come from; it is looked for once, also when there is none."""
        if self._source is None:
            try:
                self._source = find_source(self._settings.environ, self._db.meta["store_id"])
            except KeyProblem as error:
                self._source = error
        if isinstance(self._source, KeyProblem):
            raise self._source
        return self._source


def _misfit(kind: Kind, subject: Subject) -> Finding | None:
    """Return the first thing that does not match the type's schemas."""
    problems = kind.problems(subject.row["config"], subject.auth)
    if not problems:
        return None
    fields = tuple(dict.fromkeys(str(p.path[0]) for p in problems if p.path))
    text = f"{problems[0].sentence}: the values do not match the schema"
    return Finding("invalid_config", "schema", text, fix=Fix("settings", fields))


def _refused(subject: Subject, error: ConnectorsError) -> Subject:
    """Note what keeps a connector closed: its key or seal, else that its type is not there."""
    known = isinstance(error, KeyProblem)
    state, step = ("key_error", "decrypt") if known else ("invalid_config", "schema")
    subject.found = Finding(state, step, error.message)  # type: ignore[arg-type]  # one of two
    subject.hint = error.hint
    return subject
