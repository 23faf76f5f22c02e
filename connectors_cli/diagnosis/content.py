"""What a store holds: whole pages, rows that open under their seals, types as they were added."""

from collections.abc import Iterator
from typing import Any

from connectors_cli import catalog, reader
from connectors_cli.database import Database
from connectors_cli.diagnosis.findings import Finding, Words
from connectors_cli.errors import ConnectorsError, KeyProblem, Tampered
from connectors_cli.keys import KeySource
from connectors_cli.sealed import sealed_rows
from connectors_cli.vault import Vault

_FEW = 5
_BACKUP = "connectors restore --from FILE"
_FROM_BACKUP = f"put a backup in its place: {_BACKUP}"


def check_pages(db: Database) -> Iterator[Finding]:
    """Yield whether pages, indexes and references of a SQLite store fit together."""
    told = [str(text) for (text,) in db.rows(f"PRAGMA quick_check({_FEW})")]
    loose = db.one("PRAGMA foreign_key_check")
    if told != ["ok"]:
        yield Finding("integrity", "failure", f"the store is damaged: {told[0]}", _FROM_BACKUP)
    elif loose is not None:
        what = f"a row of {loose[0]} refers to one of {loose[2]} that is not there"
        yield Finding("integrity", "failure", what, _FROM_BACKUP)
    else:
        yield Finding("integrity", "ok", "pages, indexes and references fit together")


def check_catalog(db: Database, words: Words) -> Iterator[Finding]:
    """Yield whether types are as the program's files have them, or as they were added."""
    files = catalog.builtin()
    rows = db.rows("SELECT key, source, digest FROM connector_catalog ORDER BY key")
    stored = {key: (source, digest) for key, source, digest in rows}
    builtin = {key: digest for key, (source, digest) in stored.items() if source == "builtin"}
    other = [key for key, digest in builtin.items() if key in files and files[key].digest != digest]
    missing = [key for key in files if key not in stored]
    if db.meta.get("catalog_stamp") == catalog.stamp() and (other or missing):
        what = f"{words.names('type', other + missing, len(other + missing))}: not as the program's"
        what = f"{what} files have them, which are used all the same"
        yield Finding("catalog", "warning", what, _FROM_BACKUP)
    else:
        yield Finding("catalog", "ok", f"{len(builtin)} built-in types, {len(files)} files")
    custom = {key: digest for key, (source, digest) in stored.items() if source == "custom"}
    altered = [key for key, digest in custom.items() if _digest(db, key) != digest]
    if altered:
        what = f"changed outside connectors: {words.names('type', altered, len(altered))}"
        hint = "add them again from their files: connectors catalog add FILE"
        yield Finding("own types", "failure", what, hint)
    elif custom:
        yield Finding("own types", "ok", f"{len(custom)} as they were added")


def _digest(db: Database, key: str) -> str | None:
    """Return a custom type's digest made anew; None for one that cannot be read."""
    try:
        stored = reader.catalog_entry(db, key)
        return catalog.entry_of({**(stored or {}), "source": "custom"}).digest
    except (ConnectorsError, ValueError, TypeError, KeyError):
        return None


class _Tally:
    """How many of a tenant's connectors and credentials were tried, and which are not well."""

    def __init__(self) -> None:
        self.rows = self.credentials = self.closed = 0
        self.altered = self.unreadable = self.readable_altered = 0
        self.altered_names: list[str] = []
        self.unreadable_names: list[str] = []

    def alter(self, name: str) -> None:
        self.altered += 1
        self.altered_names = [*self.altered_names, name][:_FEW]

    def lose(self, name: str) -> None:
        self.unreadable += 1
        self.unreadable_names = [*self.unreadable_names, name][:_FEW]


def check_rows(
    db: Database, tenant: str, source: KeySource | None, words: Words
) -> Iterator[Finding]:
    """Yield whether a tenant's connectors are under their seals and their credentials open."""
    tally = _tried(db, tenant, source)
    where = words.name("tenant", tenant)
    seen = tally.rows - tally.closed
    if tally.altered:
        names = words.names("connector", tally.altered_names, tally.altered)
        what = f"{where}: {tally.altered} of {seen} rows were changed outside connectors: {names}"
        hint = f"if the change is yours: connectors credentials accept NAME -t {where}"
        hint = hint if tally.readable_altered else f"to clear them: {_reset(where)}"
        yield Finding("row seals", "failure", what, f"{hint}; else: {_BACKUP}")
    elif seen:
        what = f"{where}: {seen} of {seen} rows are as connectors wrote them"
        yield Finding("row seals", "ok", what)
    if tally.unreadable:
        names = words.names("connector", tally.unreadable_names, tally.unreadable)
        what = f"{where}: of {tally.unreadable} rows the credentials do not open: {names}"
        hint = f"to clear them and keep the settings: {_reset(where)}"
        yield Finding("credentials", "failure", what, f"{hint}; else: {_BACKUP}")
    elif seen or not tally.rows:
        yield Finding("credentials", "ok", f"{where}: {tally.credentials} open")
    if tally.closed:
        what = f"{where}: {tally.closed} rows were not opened: their key is not at hand"
        yield Finding("credentials", "skipped", what, "connectors key status")


def _reset(where: str) -> str:
    return f"connectors credentials reset --all -t {where}"


def _tried(db: Database, tenant: str, source: KeySource | None) -> _Tally:
    tally = _Tally()
    vaults: dict[str, Vault | None] = {}
    digests: dict[str, str | None] = {}
    for name, sealed in _all_rows(db, tenant):
        tally.rows += 1
        if sealed is None:
            tally.alter(name)
            tally.lose(name)
            continue
        key_id = sealed["key_id"]
        if key_id not in vaults:
            vaults[key_id] = _vault(source, key_id)
        vault = vaults[key_id]
        if vault is None:
            tally.closed += 1
            continue
        if sealed["source"] == "custom":
            kind = sealed["catalog_key"]
            if kind not in digests:
                digests[kind] = _digest(db, kind)
            sealed["digest"] = digests[kind]
        _try(vault, sealed, name, tally)
    return tally


def _all_rows(db: Database, tenant: str) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Stream the rows that a rotation would have to open: those of removed connectors as well."""
    yield from sealed_rows(db, tenant)
    for name, sealed in sealed_rows(db, tenant, removed=True):
        yield f"{name} (removed)", sealed


def _vault(source: KeySource | None, key_id: str) -> Vault | None:
    try:
        return Vault(source.get(key_id)) if source else None
    except KeyProblem:
        return None


def _try(vault: Vault, sealed: dict[str, Any], name: str, tally: _Tally) -> None:
    altered = False
    try:
        vault.check_row(sealed)
    except Tampered:
        altered = True
        tally.alter(name)
    place = (str(sealed["tenant_id"]), str(sealed["id"]))
    try:
        for field, token in sealed["auth"].items():
            vault.open((*place, field), token)
            tally.credentials += 1
    except Tampered:
        tally.lose(name)
    else:
        tally.readable_altered += altered
