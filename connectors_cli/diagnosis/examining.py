"""Goes through all that can be wrong, one thing after the other; nothing is changed."""

import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress

from connectors_cli import connections, database
from connectors_cli.database import Database
from connectors_cli.diagnosis.content import check_catalog, check_pages, check_rows
from connectors_cli.diagnosis.disk import check_disk
from connectors_cli.diagnosis.findings import Diagnosis, Finding, Words
from connectors_cli.diagnosis.logs import check_log
from connectors_cli.diagnosis.places import check_places
from connectors_cli.diagnosis.shape import check_shape
from connectors_cli.diagnosis.sources import check_active, check_keyring, check_keys, check_source
from connectors_cli.diagnosis.surroundings import check_surroundings
from connectors_cli.driver_faults import explain
from connectors_cli.errors import ConnectorsError, Missing, Newer, Outdated, StoreError
from connectors_cli.holdings import holdings
from connectors_cli.membership import role_of
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.traceless import leaving_no_log

AHEAD = 300
"""Seconds that clocks of one store may differ."""
_LATER = "not looked at: the store cannot be read"


def examine(settings: Settings, *, redacted: bool = False) -> Diagnosis:
    """Return what is found of everything, as it is found; what cannot be looked at is said."""
    words = Words(redacted, _places(settings))
    return Diagnosis(words.clean(found) for found in _findings(settings, words))


def _findings(settings: Settings, words: Words) -> Iterator[Finding]:
    yield from check_surroundings()
    path = sqlite_path(settings.store)
    if path is None:
        yield from _of_store(settings, path, words)
        return
    with leaving_no_log(path):
        yield from _guarded("folder", _around(path, words))
        yield from _of_store(settings, path, words)


def _of_store(settings: Settings, path: str | None, words: Words) -> Iterator[Finding]:
    try:
        db = _opened(settings, path)
    except Missing as error:
        yield Finding("store", "warning", error.message, error.hint)
        yield from check_source(settings.environ, "", words)[1]
        return
    except StoreError as error:
        yield Finding("store", "failure", error.message, error.hint)
        yield Finding("content", "skipped", _LATER)
        yield from check_source(settings.environ, "", words)[1]
        return
    with closing(db):
        yield from _guarded("store", _inside(db, settings, path, words))


def _guarded(check: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield findings; what ends them before their time is one itself."""
    try:
        yield from findings
    except ConnectorsError as error:
        hint = error.hint or "put a backup in its place: connectors restore --from FILE"
        yield Finding(check, "failure", error.message, hint)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        yield Finding(check, "failure", f"the operating system refused: {reason}")


def _around(path: str, words: Words) -> Iterator[Finding]:
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return  # as is told of the store
    size = os.path.getsize(path) if os.path.isfile(path) else 0
    yield from check_disk(folder, size)
    yield from check_places(path)


def _opened(settings: Settings, path: str | None) -> Database:
    return database.open_for_reading(settings.store) if path is None else database.open_file(path)


def _inside(db: Database, settings: Settings, path: str | None, words: Words) -> Iterator[Finding]:
    version = int(db.meta["schema_version"])
    yield _told(db, settings, path, version)
    if path is not None:
        whole = True
        for found in check_pages(db):
            whole = whole and found.state == "ok"
            yield found
        yield _write_lock(path) if whole else Finding("writing", "skipped", _LATER)
    if version != database.SCHEMA_VERSION:
        yield Finding("content", "skipped", "not looked at: it is of another version")
        return
    if path is not None:
        yield from check_shape(db)
    yield from _guarded("catalog", check_catalog(db, words))
    yield from _guarded("tenants", _tenants(db, settings, words))


def _told(db: Database, settings: Settings, path: str | None, version: int) -> Finding:
    text = f"{settings.shown_store}, schema version {version}"
    if path is not None:
        (mode,) = db.one("PRAGMA journal_mode") or ("?",)
        log = os.path.getsize(f"{path}-wal") if os.path.exists(f"{path}-wal") else 0
        text += f", {os.path.getsize(path) // 1024} KiB, log {log // 1024} KiB ({mode})"
    try:
        database.compare_versions(version, db.meta, settings.shown_store)
    except Outdated as error:
        hint = "the next command migrates it, after a backup: connectors list"
        return Finding("store", "warning", error.message, hint)
    except Newer as error:
        return Finding("store", "failure", error.message, error.hint)
    return Finding("store", "ok", text)


def _write_lock(path: str) -> Finding:
    """Return whether the store can be written now; nothing is."""
    if not (os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK)):
        what = "the store is read-only for this user: reading works, changing does not"
        return Finding("writing", "warning", what, f"ls -l '{path}'")
    try:
        with closing(connections.connect_sqlite(path)) as connection:
            connection.execute("PRAGMA busy_timeout=2000")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if (error.sqlite_errorname or "").startswith("SQLITE_BUSY"):
            what = "another process has been writing for more than 2 s"
            return Finding("writing", "warning", what, f"who has it: fuser '{path}'")
        told = explain(error, path)
        return Finding("writing", "failure", told.message, told.hint)
    return Finding("writing", "ok", "nobody holds up who writes")


def _tenants(db: Database, settings: Settings, words: Words) -> Iterator[Finding]:
    held = holdings(db)
    roles = {tenant.tenant: role_of(db, tenant.tenant, db.principal) for tenant in held.tenants}
    mine = [tenant for tenant in held.tenants if roles[tenant.tenant] is not None]
    who = words.name("user", db.principal)
    shown = ", ".join(f"{roles[t.tenant]} of {words.name('tenant', t.tenant)}" for t in mine)
    if mine:
        yield Finding("members", "ok", f"{who} is {shown}")
    else:
        what = f"{who} is no member of any tenant here"
        yield Finding("members", "warning", what, "an owner adds you: connectors member add")
    yield from _newest(held.newest_event)
    source, found = check_source(settings.environ, held.store_id, words)
    yield from found
    yield from check_active(db, mine, words)
    if source is not None:
        yield from check_keys(source, mine, words)
    yield check_keyring(source, held.store_id, mine)
    for tenant in mine:
        yield from _guarded("rows", check_rows(db, tenant.tenant, source, words))
        yield from _guarded("log", check_log(db, settings.serving(tenant.tenant), source, words))


def _newest(newest: str | None) -> Iterator[Finding]:
    limit = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + AHEAD))
    if newest is not None and newest > limit:
        what = f"the newest event is of {newest}, which is still to come: a clock was or is wrong"
        yield Finding("events", "warning", what, "set the clock: timedatectl")


def _places(settings: Settings) -> dict[str, str]:
    """Return what stands for this machine and its user in messages, with what to say instead."""
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
