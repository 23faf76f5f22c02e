"""Checks of a store's content: integrity, schema, catalog, sealed rows and log."""

from collections.abc import Iterator
from typing import Any

from connectors_cli.audit import history
from connectors_cli.audit.verify import MESSAGES
from connectors_cli.catalog import read
from connectors_cli.catalog.files import stamp
from connectors_cli.errors import KeyProblem, Tampered
from connectors_cli.services import log
from connectors_cli.services.doctor.findings import Finding, Redactor, few
from connectors_cli.services.opener import Opener
from connectors_cli.services.sealed_type import stored_digest, stored_type
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.faults import FROM_BACKUP, RESTORE
from connectors_cli.store.read.sealed import live_looks, sealed_rows
from connectors_cli.store.write.schema import differences
from connectors_cli.system.confusables import look_columns
from connectors_cli.system.text import shell_quoted
from connectors_cli.vault.key_sources import KeySource
from connectors_cli.vault.log_seals import UNSEALED

_FEW = 5
_OUT_OF_STEP = {
    "older": "is not as its last entry in the log left it: an older state was put back",
    "unlogged": "has no entry in the log: entries were removed",
    "gone": "is in the log, but its row is gone",
}


def check_integrity(db: Database) -> Iterator[Finding]:
    """Yield whether pages, indexes and references of a SQLite store are consistent."""
    report = [str(text) for (text,) in db.rows(f"PRAGMA quick_check({_FEW})")]
    loose = db.one("PRAGMA foreign_key_check")
    if report != ["ok"]:
        yield Finding("integrity", "failure", f"the store is damaged: {report[0]}", FROM_BACKUP)
    elif loose is not None:
        what = f"a row of {loose[0]} refers to a missing row of {loose[2]}"
        yield Finding("integrity", "failure", what, FROM_BACKUP)
    else:
        yield Finding("integrity", "ok", "pages, indexes and references are consistent")


def check_catalog(db: Database, tenant: str, redactor: Redactor) -> Iterator[Finding]:
    """Yield whether the stored types match the program's files, or what was added."""
    files = read.builtin()
    sql = "SELECT key, id, source, digest FROM connector_catalog WHERE tenant_id IS NULL OR"
    found = list(db.rows(f"{sql} tenant_id = ? ORDER BY key", (tenant,)))
    builtin = {key: (id_, kept) for key, id_, source, kept in found if source == "builtin"}
    other = [
        key
        for key, (id_, kept) in builtin.items()
        if key in files and not kept == stored_digest(db, id_) == files[key].digest
    ]
    missing = [key for key in files if key not in builtin]
    if db.meta.get("catalog_stamp") == stamp() and (other or missing):
        differing = redactor.names("type", other + missing, len(other + missing))
        what = f"{differing}: different from the program's files, which are used instead; lists"
        yield Finding("catalog", "failure", f"{what} show what the store has", FROM_BACKUP)
    else:
        yield Finding("catalog", "ok", f"{len(builtin)} built-in types, {len(files)} files")
    custom = [(key, id_, kept) for key, id_, source, kept in found if source == "custom"]
    altered = [key for key, id_, kept in custom if stored_type(db, id_).digest != kept]
    if altered:
        what = f"changed outside connectors: {redactor.names('type', altered, len(altered))}"
        hint = "add them again from their files: connectors catalog add FILE"
        yield Finding("own types", "failure", what, hint)
    elif custom:
        yield Finding("own types", "ok", f"{len(custom)} unchanged since they were added")


class _RowCounts:
    """The numbers of a tenant's rows and credentials that were tried, and the names of bad ones."""

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
    db: Database, tenant: str, source: KeySource | None, redactor: Redactor
) -> Iterator[Finding]:
    """Yield whether a tenant's rows match their seals and their credentials open."""
    counts = _count_rows(db, tenant, source)
    where = redactor.name("tenant", tenant)
    seen = counts.rows - counts.closed
    if counts.altered:
        names = redactor.names("connector", counts.altered_names, counts.altered)
        what = f"{where}: {counts.altered} of {seen} rows were changed outside connectors: {names}"
        hint = (
            f"if you made the change: connectors credentials accept NAME -t {shell_quoted(where)}"
        )
        hint = hint if counts.readable_altered else f"to clear them: {_reset(where)}"
        yield Finding("row seals", "failure", what, f"{hint}; else: {RESTORE}")
    elif seen:
        what = f"{where}: {seen} of {seen} rows are unchanged"
        yield Finding("row seals", "ok", what)
    if counts.unreadable:
        names = redactor.names("connector", counts.unreadable_names, counts.unreadable)
        what = f"{where}: the credentials of {counts.unreadable} rows do not open: {names}"
        hint = f"to clear them and keep the settings: {_reset(where)}"
        yield Finding("credentials", "failure", what, f"{hint}; else: {RESTORE}")
    elif seen or not counts.rows:
        yield Finding("credentials", "ok", f"{where}: {counts.credentials} open")
    if counts.closed:
        what = f"{where}: {counts.closed} rows were not opened: their key is not available"
        yield Finding("credentials", "skipped", what, "connectors key status")


def check_names(db: Database, tenant: str, redactor: Redactor) -> Iterator[Finding]:
    """Yield connectors that look the same, and whose look does not match their name.

    The columns of a look are derived from the name, which is under the row's seal; they only say
    which new names are refused, and hide no row.
    """
    where, wrong, alike = redactor.name("tenant", tenant), [], []
    for name, folded, lookalike in live_looks(db, tenant):
        wanted = look_columns(name)
        if (folded, lookalike) == (None, wanted["folded"]):
            alike.append(name)
        elif (folded, lookalike) != (wanted["folded"], wanted["lookalike"]):
            wrong.append(name)
    if wrong:
        what = f"the look of names was changed outside connectors: {_some(redactor, wrong)}"
        hint = f"give them another name: connectors edit NAME --rename NEW -t {shell_quoted(where)}"
        yield Finding("names", "failure", f"{where}: {what}", hint)
    if alike:
        what = f"named like another one, by an older program: {_some(redactor, alike)}"
        hint = f"rename one of them: connectors edit NAME --rename NEW -t {shell_quoted(where)}"
        yield Finding("names", "warning", f"{where}: {what}", hint)


def _some(redactor: Redactor, names: list[str]) -> str:
    return redactor.names("connector", names[:_FEW], len(names))


def check_log(
    db: Database, settings: Settings, source: KeySource | None, redactor: Redactor
) -> Iterator[Finding]:
    """Yield the result of verifying a tenant's log."""
    tenant = settings.tenant
    where = redactor.name("tenant", tenant)
    try:
        found = log.verify(db, settings, source, rows=False)
    finally:
        db.connection.rollback()  # ends the snapshot that it was read in
    if found.broken is not None:
        entry = f"entry {found.broken.id}" if found.broken.id else "the last entry"
        what = f"{where}: {entry} of {found.entries}: {MESSAGES[found.broken.what]}"
        yield Finding("log", "failure", what, f"connectors log --verify -t {where}")
    elif found.state == "whole":
        yield Finding("log", "ok", f"{where}: {found.entries} entries are unchanged")
    elif found.trust == UNSEALED:
        yield Finding("log", "failure", f"{where}: {found.hint}", f"connectors log -t {where}")
    else:
        what, _, command = str(found.hint).partition(": see `")
        yield Finding("log", "warning", f"{where}: {what}", command.strip("`") or None)
    yield from _log_times(found, where)
    yield from _versions(db, tenant, redactor)


def _log_times(found: log.Verification, where: str) -> Iterator[Finding]:
    if found.first_back is not None:
        what = f"{where}: {found.back_in_time} entries are dated before the one before them, first"
        what += f" entry {found.first_back[0]} at {found.first_back[1]}: a clock was wrong"
        yield Finding("log times", "warning", what, f"connectors log -t {where}")
    if found.ahead is not None:
        what = f"{where}: the last entry, {found.ahead[0]}, is dated in the future, at"
        what += f" {found.ahead[1]}: a clock was wrong, or is wrong now"
        yield Finding("log times", "warning", what, f"connectors log -t {where}")


def _versions(db: Database, tenant: str, redactor: Redactor) -> Iterator[Finding]:
    older, where = set(), redactor.name("tenant", tenant)
    for name, version, logged in history.rolled_back(db, tenant):
        older.add(str(name))
        what = f"{where}: connector {redactor.name('connector', name)} is at version {version}, but"
        what += f" the log contains version {logged}: an older state of it was put back"
        yield Finding("versions", "failure", what, f"connectors log --verify -t {where}")
    for name, difference in history.out_of_step(db, tenant):
        if name not in older:
            what = (
                f"{where}: connector {redactor.name('connector', name)} {_OUT_OF_STEP[difference]}"
            )
            yield Finding("versions", "failure", what, f"connectors log --verify -t {where}")


def check_schema(db: Database) -> Iterator[Finding]:
    """Yield what a SQLite store's schema lacks, and what in it this program did not create."""
    found = differences(db)
    missing = [f"{part.kind} {part.name}" for part in found if part.what == "missing"]
    triggers = [part for part in found if part.kind == "trigger"]
    others = [str(part) for part in found if part.what != "missing" and part not in triggers]
    if missing:
        what = f"missing: {few(missing, len(missing))}"
        yield Finding("schema", "failure", what, FROM_BACKUP)
    if others:
        yield Finding("schema", "failure", few(others, len(others)), FROM_BACKUP)
    if triggers:
        what = f"the store contains {len(triggers)} triggers that this program did not create"
        yield Finding("schema", "failure", what, f"drop them, or {FROM_BACKUP}")
    if not found:
        yield Finding("schema", "ok", "all tables, indexes and views exist")


def _reset(where: str) -> str:
    return f"connectors credentials reset --all -t {where}"


def _count_rows(db: Database, tenant: str, source: KeySource | None) -> _RowCounts:
    counts = _RowCounts()
    opener = Opener(db, lambda: _given(source))
    for name, row in _all_rows(db, tenant):
        counts.rows += 1
        if row is None:
            counts.alter(name)
            counts.lose(name)
        else:
            _count_row(opener, row, name, counts)
    return counts


def _given(source: KeySource | None) -> KeySource:
    if source is None:
        raise KeyProblem("no key source")  # reported by the check of sources
    return source


def _all_rows(db: Database, tenant: str) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield the rows that a rotation would open, including those of removed connectors."""
    yield from sealed_rows(db, tenant)
    for name, sealed in sealed_rows(db, tenant, removed=True):
        yield f"{name} (removed)", sealed


def _count_row(opener: Opener, row: dict[str, Any], name: str, counts: _RowCounts) -> None:
    altered = False
    try:
        opener.check_seal(row)
    except Tampered:
        altered = True
        counts.alter(name)
    except KeyProblem:
        counts.closed += 1
        return
    if not opener.opens(row):
        counts.lose(name)
        return
    counts.credentials += len(row["auth"])
    counts.readable_altered += altered
