"""The examination of a store: runs all checks in order and changes nothing."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from shlex import quote

from connectors_cli.errors import (
    ConnectorsError,
    Missing,
    Newer,
    Outdated,
    StoreError,
    UsageError,
)
from connectors_cli.services.doctor.content import (
    check_catalog,
    check_integrity,
    check_log,
    check_names,
    check_rows,
    check_schema,
)
from connectors_cli.services.doctor.files import check_disk, check_files
from connectors_cli.services.doctor.findings import Diagnosis, Finding, Redactor
from connectors_cli.services.doctor.host import check_host
from connectors_cli.services.doctor.keys import (
    check_active,
    check_endorsed,
    check_keyring,
    check_keys,
    check_new_key,
    check_source,
)
from connectors_cli.services.doctor.server import check_server
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.store.backup.contents import read_contents
from connectors_cli.store.backup.files import without_leftover_wal
from connectors_cli.store.read import connections, database
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.faults import FROM_BACKUP, explain
from connectors_cli.store.read.members import role_of
from connectors_cli.system import clock

AHEAD = 300
"""How many seconds the clocks of a store's users can differ."""
_UNREADABLE = "not checked: the store cannot be read"


def examine(settings: Settings, *, redacted: bool = False) -> Diagnosis:
    """Return the findings of all checks as they are made; a check that cannot run is `skipped`."""
    redactor = Redactor(redacted, _places(settings))
    return Diagnosis(redactor.clean(found) for found in _findings(settings, redactor))


def _findings(settings: Settings, redactor: Redactor) -> Iterator[Finding]:
    yield from check_host()
    path = sqlite_path(settings.store)
    if path is None:
        yield from _store_findings(settings, path, redactor)
        return
    with without_leftover_wal(path):
        yield from _guarded("folder", _folder_findings(path, redactor))
        yield from _store_findings(settings, path, redactor)


def _store_findings(settings: Settings, path: str | None, redactor: Redactor) -> Iterator[Finding]:
    try:
        db = _opened(settings, path)
    except Missing as error:
        yield Finding("store", "warning", error.message, error.hint)
        yield from check_source(settings.environ, "", redactor)[1]
        yield from check_new_key(settings)
        return
    except (StoreError, UsageError) as error:
        yield Finding("store", "failure", error.message, error.hint)
        yield Finding("content", "skipped", _UNREADABLE)
        yield from check_source(settings.environ, "", redactor)[1]
        return
    with closing(db):
        yield from _guarded("store", _content_findings(db, settings, path, redactor))


def _guarded(check: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings; an error that stops the check becomes a finding."""
    try:
        yield from findings
    except ConnectorsError as error:
        hint = error.hint or FROM_BACKUP
        yield Finding(check, "failure", error.message, hint)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        yield Finding(check, "failure", f"refused by the operating system: {reason}")


def _folder_findings(path: str, redactor: Redactor) -> Iterator[Finding]:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return  # the check of the store reports it
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    yield from check_disk(folder, size)
    yield from check_files(path)


def _opened(settings: Settings, path: str | None) -> Database:
    return database.open_for_reading(settings.store) if path is None else database.open_file(path)


def _content_findings(
    db: Database, settings: Settings, path: str | None, redactor: Redactor
) -> Iterator[Finding]:
    version = int(db.meta["schema_version"])
    yield _store_finding(db, settings, path, version)
    if path is None:
        yield from check_server(db, settings.store)
    else:
        whole = True
        for found in check_integrity(db):
            whole = whole and found.state == "ok"
            yield found
        yield _write_lock(path) if whole else Finding("writing", "skipped", _UNREADABLE)
    if version != database.SCHEMA_VERSION:
        yield Finding("content", "skipped", "not checked: the store has another schema version")
        return
    if path is not None:
        yield from check_schema(db)
    yield from _guarded("catalog", check_catalog(db, settings.tenant, redactor))
    yield from _guarded("tenants", _tenants(db, settings, redactor))


def _store_finding(db: Database, settings: Settings, path: str | None, version: int) -> Finding:
    text = f"{settings.shown_store}, schema version {version}"
    if path is not None:
        (mode,) = db.one("PRAGMA journal_mode") or ("?",)
        log = os.path.getsize(f"{path}-wal") if os.path.exists(f"{path}-wal") else 0
        text += f", {os.path.getsize(path) // 1024} KiB, log {log // 1024} KiB ({mode})"
    try:
        database.compare_versions(version, db.meta, settings.shown_store)
    except Outdated as error:
        hint = "the next command migrates it after a backup: connectors list"
        return Finding("store", "warning", error.message, hint)
    except Newer as error:
        return Finding("store", "failure", error.message, error.hint)
    return Finding("store", "ok", text)


def _write_lock(path: str) -> Finding:
    """Return whether the store can be written now, without writing."""
    if not (os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)):
        what = "the store is read-only for this user; it can be read but not changed"
        return Finding("writing", "warning", what, f"ls -l {quote(path)}")
    try:
        with closing(connections.connect_sqlite(path)) as connection:
            connection.execute("PRAGMA busy_timeout=2000")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if (error.sqlite_errorname or "").startswith("SQLITE_BUSY"):
            what = "another process has been writing for more than 2 s"
            return Finding("writing", "warning", what, f"find the process: fuser {quote(path)}")
        known = explain(error, path)
        return Finding("writing", "failure", known.message, known.hint)
    return Finding("writing", "ok", "no other process is blocking writes")


def _tenants(db: Database, settings: Settings, redactor: Redactor) -> Iterator[Finding]:
    held = read_contents(db)
    roles = {tenant.tenant: role_of(db, tenant.tenant, db.principal) for tenant in held.tenants}
    mine = [tenant for tenant in held.tenants if roles[tenant.tenant] is not None]
    who = redactor.name("user", db.principal)
    shown = ", ".join(f"{roles[t.tenant]} of {redactor.name('tenant', t.tenant)}" for t in mine)
    if mine:
        yield Finding("members", "ok", f"{who} is {shown}")
    else:
        what = f"{who} is not a member of any tenant"
        yield Finding("members", "warning", what, "ask an owner to add you: connectors member add")
    yield from _newest(held.newest_event)
    source, found = check_source(settings.environ, held.store_id, redactor)
    yield from found
    yield from check_active(db, mine, redactor)
    if source is not None:
        yield from check_keys(source, mine, redactor)
    yield check_keyring(source, held.store_id, mine)
    for tenant in mine:
        if source is not None:
            endorsed = check_endorsed(db, source, tenant.tenant, redactor)
            yield from _guarded("endorsements", endorsed)
        yield from _guarded("rows", check_rows(db, tenant.tenant, source, redactor))
        yield from _guarded("names", check_names(db, tenant.tenant, redactor))
        yield from _guarded("log", check_log(db, settings.serving(tenant.tenant), source, redactor))


def _newest(newest: str | None) -> Iterator[Finding]:
    limit = clock.after(AHEAD)
    if newest is not None and newest > limit:
        what = f"the newest event is dated {newest}, in the future: a clock was or is wrong"
        yield Finding("events", "warning", what, "set the clock: timedatectl")


def _places(settings: Settings) -> dict[str, str]:
    """Return the texts that identify this machine and user, with their placeholders."""
    user = os.path.expanduser("~")
    places = {settings.home: "<home>", user: "~", socket.gethostname(): "<host>"}
    path = sqlite_path(settings.store)
    if path is not None:
        places[os.path.dirname(path)] = "<home>"
    else:
        places[settings.shown_store] = "postgresql://<server>"
    with suppress(KeyError):
        places[database.os_user()] = "<user>"
    return {text: shown for text, shown in places.items() if text not in {"", "/", "root"}}
