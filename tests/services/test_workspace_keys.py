"""The keys of a run: when they are fetched, and which one seals values and the log."""

import os
import sqlite3
import sys
from contextlib import closing

import pytest
from sqlmodel import col, select

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.read import load
from connectors_cli.errors import KeyMissing, KeyProblem
from connectors_cli.services import tenants
from connectors_cli.services.keys import rotation
from connectors_cli.services.log import verify
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.settings import Settings
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import CatalogRow, Event
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.vault.seal import Key, new_key

pytestmark = pytest.mark.sqlite

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
STATES = ("active", "pending", "retiring", "retired")
# Prints the key, and notes in a file whether the store could be locked meanwhile.
GIVE = """
import sqlite3, sys
store, log, key = sys.argv[1:]
db = sqlite3.connect(store, timeout=0, isolation_level=None)
try:
    db.execute("BEGIN IMMEDIATE")
    said = "free"
except sqlite3.OperationalError:
    said = "locked"
with open(log, "a") as file:
    file.write(said + chr(10))
print(key)
"""


def alter(ws: Workspace, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(ws.store.path)) as db, db:
        db.execute(sql, values)


def add_key(ws: Workspace, key_id: str, state: str, tenant: str = "default") -> None:
    into = "INSERT INTO keys (id, tenant_id, state, created_at)"
    alter(ws, f"{into} VALUES (?, ?, ?, '2020-01-01T00:00:00Z')", key_id, tenant, state)


def active(ws: Workspace) -> str:
    with ws.store.transaction() as db:
        return active_key_id(db, ws.tenant)


@pytest.fixture
def by_command(ws, tmp_path):
    """A workspace whose key a command prints, and the file that counts its runs."""
    script, noted = tmp_path / "give.py", tmp_path / "noted"
    script.write_text(GIVE)
    noted.touch()
    environ = {**ws.settings.environ}
    line = (sys.executable, str(script), ws.store.path, str(noted), environ.pop(KEY))
    environ[f"{KEY}_COMMAND"] = " ".join(line)
    with closing(Workspace(Settings(environ))) as other:
        yield other, noted


def test_key_is_fetched_once_and_before_the_store_is_locked(by_command):
    ws, noted = by_command
    for _ in range(2):
        with ws.change(Action.CONNECTOR_INSTALL, "blog", needs_key=True) as db:
            ws.cipher(db)
    assert noted.read_text().split() == ["free"]


def test_change_that_needs_no_key_fetches_none(by_command):
    ws, noted = by_command
    with ws.change(Action.CONNECTOR_REMOVE, "blog"):
        pass
    assert noted.read_text() == ""


def test_failed_key_source_is_asked_again_only_after_forgetting_failures(ws, tmp_path):
    noted = tmp_path / "noted"
    script = tmp_path / "fail.sh"
    there = tmp_path / "there"
    script.write_text(f"#!/bin/sh\necho . >> {noted}\ncat {there}\n")
    script.chmod(0o700)
    environ = {**ws.settings.environ, f"{KEY}_COMMAND": str(script)}
    given = environ.pop(KEY)
    with closing(Workspace(Settings(environ))) as other:
        other.fetch_keys()
        for _ in range(2):
            with pytest.raises(KeyProblem):
                other.key_source()
        assert noted.read_text().split() == ["."]
        there.write_text(given)
        other.forget_key_failures()
        assert other.key_source().get(active(other)).text == given


def test_keyring_is_asked_for_every_key_that_is_not_retired(ws, monkeypatch):
    """A keyring without answers, which records the keys that it is asked for."""
    for state in STATES[1:]:
        add_key(ws, f"{state:0<16}", state)
    environ = {**ws.settings.environ}
    del environ[KEY]
    with closing(Workspace(Settings(environ))) as other:
        other.fetch_keys()
        source = other.key_source()
        asked = set(source._looked_up)
        assert asked == {active(ws), "pending000000000", "retiring00000000"}
        assert source.store_id == ws.store.meta["store_id"]


def test_values_are_sealed_with_the_tenants_active_key(ws, monkeypatch):
    first, second = ws.settings.environ[KEY], new_key().text
    mine = active(ws)
    monkeypatch.setenv(KEY, f"{first},{second}")
    settings = Settings(os.environ, tenant="acme")
    tenants.init(settings)
    for state in STATES[1:]:
        add_key(ws, f"{state:0<16}", state)
        add_key(ws, f"a{state:0<15}", state, "acme")
    with closing(Workspace(settings)) as acme, ws.store.transaction() as db:
        assert active_key_id(db, "default") == mine == Key(first).id
        assert active_key_id(db, "acme") == Key(second).id
        assert acme.cipher(db).key.id == Key(second).id
        assert ws.cipher(db).key.id == mine
        with pytest.raises(KeyMissing):
            ws.key_source().get("retiring00000000")


def test_tenant_without_an_active_key_is_reported(ws):
    alter(ws, "UPDATE keys SET state = 'retired'")
    with pytest.raises(KeyProblem, match="tenant default has no active key"):
        active(ws)


def seals(ws: Workspace) -> list[str | None]:
    """The ids of the keys that seal the log's entries; all seals are checked."""
    with ws.store.transaction() as db, session_on(db) as session:
        found = session.exec(select(Event.seal_key_id).order_by(col(Event.id))).all()
    with closing(open_for_reading(ws.settings.store)) as db:
        checked = verify(db, ws.settings)
    assert (checked.state, checked.seals_checked) == ("whole", len([*filter(None, found)]))
    return list(found)


def write(ws: Workspace) -> None:
    with ws.change(Action.CONNECTOR_UPDATE, "blog"):
        pass


def test_log_is_sealed_when_the_key_is_available(ws, monkeypatch):
    write(ws)
    old = active(ws)
    ws.key_source()
    write(ws)
    monkeypatch.setenv(KEY, f"{new_key().text},{ws.settings.environ[KEY]}")
    with closing(Workspace(Settings(os.environ))) as other:
        rotation.rotate(other)
        write(other)
        new = active(other)
        write(ws)  # has the old key alone
        assert seals(other) == [old, None, old, new, new, None]
    assert new != old


def test_changes_of_a_tenant_without_an_active_key_are_recorded_unsealed(ws):
    ws.key_source()
    was = active(ws)
    alter(ws, "UPDATE keys SET state = 'retired'")
    write(ws)
    assert seals(ws) == [was, None]


def test_built_in_types_come_from_the_program_and_custom_ones_from_the_store(ws):
    with ws.store.transaction() as db, session_on(db) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.name, row.auth_schema = "Altered", {}
    with ws.store.transaction() as db, session_on(db) as session:
        assert ws.entry(db, "medium") == load("medium")
        assert ws.entry(db, "x").key == "twitter"
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.source = "custom"
        session.flush()
        assert ws.entry(db, "medium") == load("medium")
        row.key = "mine"
        session.flush()
        assert ws.entry(db, "mine").name == "Altered"
        assert ws.entry(db, "wordpress") == load("wordpress")
