"""When a run's keys are fetched, which of them seals, and what the log is sealed with."""

import os
import sqlite3
import sys
from contextlib import closing

import pytest
from sqlmodel import col, select

from connectors_cli import catalog, rotation
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import KeyMissing, KeyProblem
from connectors_cli.services import tenants
from connectors_cli.services.events import verify
from connectors_cli.settings import Settings
from connectors_cli.tables import CatalogRow, Event
from connectors_cli.vault import Key, new_key
from connectors_cli.workspace import Workspace, active_key_id

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
    alter(ws, "INSERT INTO keys VALUES (?, ?, ?, '2020-01-01T00:00:00Z')", key_id, tenant, state)


def active(ws: Workspace) -> str:
    with ws.store.transaction() as session:
        return active_key_id(session, ws.tenant)


@pytest.fixture
def by_command(ws, tmp_path):
    """A workspace whose key a command prints, and the file in which it notes its runs."""
    script, noted = tmp_path / "give.py", tmp_path / "noted"
    script.write_text(GIVE)
    noted.touch()
    environ = {**ws.settings.environ}
    line = (sys.executable, str(script), ws.store.path, str(noted), environ.pop(KEY))
    environ[f"{KEY}_COMMAND"] = " ".join(line)
    with closing(Workspace(Settings(environ))) as other:
        yield other, noted


def test_a_key_is_fetched_before_the_store_is_locked_and_once(by_command):
    ws, noted = by_command
    for _ in range(2):
        with ws.change(Action.CONNECTOR_INSTALL, "blog", needs_key=True) as session:
            ws.vault(session)
    assert noted.read_text().split() == ["free"]


def test_a_change_that_needs_no_key_fetches_none(by_command):
    ws, noted = by_command
    with ws.change(Action.CONNECTOR_REMOVE, "blog"):
        pass
    assert noted.read_text() == ""


def test_a_source_that_failed_is_not_asked_again_before_it_is_looked_for_anew(ws, tmp_path):
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
        other.look_for_keys_anew()
        assert other.key_source().get(active(other)).text == given


def test_of_a_keyring_every_key_is_asked_for_that_is_not_retired(ws, monkeypatch):
    """The keyring that is here answers nothing; each key it was asked for is remembered."""
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


def test_values_are_sealed_with_the_tenants_own_active_key(ws, monkeypatch):
    first, second = ws.settings.environ[KEY], new_key().text
    mine = active(ws)
    monkeypatch.setenv(KEY, f"{first},{second}")
    settings = Settings(os.environ, tenant="acme")
    tenants.init(settings)
    for state in STATES[1:]:
        add_key(ws, f"{state:0<16}", state)
        add_key(ws, f"a{state:0<15}", state, "acme")
    with closing(Workspace(settings)) as acme, ws.store.transaction() as session:
        assert active_key_id(session, "default") == mine == Key(first).id
        assert active_key_id(session, "acme") == Key(second).id
        assert acme.vault(session).key.id == Key(second).id
        assert acme.vault(session, mine).key.id == mine
        assert ws.vault(session).key.id == mine
        with pytest.raises(KeyMissing):
            ws.vault(session, "retiring00000000")


def test_a_tenant_without_an_active_key_is_told(ws):
    alter(ws, "UPDATE keys SET state = 'retired'")
    with pytest.raises(KeyProblem, match="tenant default has no active key"):
        active(ws)


def seals(ws: Workspace) -> list[str | None]:
    """The key ids that the log's entries are sealed with; all seals are checked."""
    with ws.store.transaction() as session:
        found = session.exec(select(Event.seal_key_id).order_by(col(Event.id))).all()
    with closing(open_for_reading(ws.settings.store)) as db:
        checked = verify(db, ws.settings)
    assert (checked.state, checked.seals_checked) == ("whole", len([*filter(None, found)]))
    return list(found)


def write(ws: Workspace) -> None:
    with ws.change(Action.CONNECTOR_UPDATE, "blog"):
        pass


def test_the_log_is_sealed_where_the_key_is_at_hand(ws, monkeypatch):
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


def test_what_a_tenant_without_an_active_key_does_is_recorded_without_a_seal(ws):
    ws.key_source()
    was = active(ws)
    alter(ws, "UPDATE keys SET state = 'retired'")
    write(ws)
    assert seals(ws) == [was, None]


def test_a_built_in_type_is_the_programs_own_and_a_custom_one_the_stores(ws):
    with ws.store.transaction() as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.name, row.auth_schema = "Altered", {}
    with ws.store.transaction() as session:
        assert ws.entry(session, "medium") == catalog.load("medium")
        assert ws.entry(session, "x").key == "twitter"
        session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one().source = "custom"
        session.flush()
        assert ws.entry(session, "medium").name == "Altered"
        assert ws.entry(session, "wordpress") == catalog.load("wordpress")
