"""The gate of what needs no ORM: who may, what is locked meanwhile, and what the log has of it."""

import json
import sqlite3
from contextlib import closing

import pytest

from connectors_cli import database, recording
from connectors_cli.access import Action, Role
from connectors_cli.errors import Conflict, NoTenant, NotPermitted, StoreError
from connectors_cli.services.events import verify
from connectors_cli.settings import Settings
from connectors_cli.vault import Key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
USE = Action.CONNECTOR_USE
RENAME = "UPDATE tenants SET name = 'changed'"
NONE_SUCH = "UPDATE nothing SET name = 'changed'"


@pytest.fixture
def key(settings: Settings) -> Key:
    return Key(settings.environ[KEY])


def sql(ws, statement: str, *values: object) -> list:
    with closing(sqlite3.connect(ws.store.path, timeout=0)) as db, db:
        return db.execute(statement, values).fetchall()


def log(ws) -> list[tuple]:
    """What the log has since the tenant was made."""
    rows = sql(ws, "SELECT action, subject, outcome, details FROM events ORDER BY id")
    return [(*row, json.loads(details)) for *row, details in rows][1:]


def become(ws, role: str) -> None:
    sql(ws, "UPDATE members SET role = ?", role)


def seals(ws) -> list[bool]:
    """Whether each entry since the tenant was made is sealed; all seals are checked."""
    sealed = [key_id is not None for (key_id,) in sql(ws, "SELECT seal_key_id FROM events")]
    with closing(database.open_for_reading(ws.settings.store)) as db:
        found = verify(db, ws.settings)
    assert (found.state, found.entries, found.seals_checked) == ("whole", len(sealed), sum(sealed))
    return sealed[1:]


def change(ws, settings, *events, keys=(), statement=RENAME, error=None) -> None:
    with recording.change(settings, ws.actor, USE, events or [("blog", {})], keys) as db:
        db.connection.execute(statement)
        if error:
            raise error


def name(ws) -> str:
    return sql(ws, "SELECT name FROM tenants")[0][0]


def test_a_change_and_its_events_are_written_together(ws, settings, key):
    change(ws, settings, ("blog", {"fields": ["a"]}), ("shop", {}), keys=[key])
    assert name(ws) == "changed"
    assert log(ws) == [
        ("connector.use", "blog", "ok", {"fields": ["a"]}),
        ("connector.use", "shop", "ok", {}),
    ]
    assert sql(ws, "SELECT DISTINCT principal, email, tenant_id FROM events WHERE id > 1") == [
        (ws.actor.principal, "tester@example.com", "default")
    ]
    change(ws, settings)
    assert seals(ws) == [True, True, False]


def test_events_are_told_when_the_change_is_made_and_none_is_a_change_too(ws, settings):
    noted = {}
    with recording.change(settings, ws.actor, USE, iter([("blog", noted)])):
        noted["late"] = True
    with recording.change(settings, ws.actor, USE, ()):
        pass
    assert log(ws) == [("connector.use", "blog", "ok", {"late": True})]


def test_nobody_else_writes_during_a_change_and_anyone_after_it(ws, settings):
    with recording.change(settings, ws.actor, USE, ()):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sql(ws, RENAME)
        assert name(ws) == "default"
    sql(ws, RENAME)
    assert name(ws) == "changed"


@pytest.mark.parametrize("error", [Conflict("taken"), ZeroDivisionError()])
def test_what_fails_is_undone_with_its_events_and_frees_the_store(ws, settings, error):
    with pytest.raises(type(error)):
        change(ws, settings, error=error)
    assert (name(ws), log(ws)) == ("default", [])
    sql(ws, RENAME)


def test_what_the_database_refuses_names_the_store(ws, settings):
    with pytest.raises(StoreError) as refusal:
        change(ws, settings, statement=NONE_SUCH)
    assert refusal.value.message == f"the store {ws.store.path} failed (SQLITE_ERROR)"
    assert refusal.value.__cause__ is None
    assert log(ws) == []


def test_who_may_not_is_recorded_under_the_first_of_what_he_asked_for(ws, settings, key):
    become(ws, "viewer")
    with pytest.raises(NotPermitted):
        change(ws, settings, ("blog", {"n": 1}), ("shop", {}), keys=[key])
    assert name(ws) == "default"
    assert log(ws) == [("connector.use", "blog", "not_permitted", {"n": 1})]
    assert seals(ws) == [True]


def test_a_stranger_finds_no_tenant_and_leaves_no_trace(ws, settings):
    sql(ws, "UPDATE members SET principal = 'else'")
    with pytest.raises(NoTenant, match="no tenant default"):
        change(ws, settings)
    with pytest.raises(NoTenant):
        recording.allow(settings, ws.actor, USE, "blog")
    assert (name(ws), log(ws)) == ("default", [])


def test_what_is_asked_beforehand_is_recorded_where_it_is_refused(ws, settings):
    recording.allow(settings, ws.actor, USE, "blog")
    assert log(ws) == []
    become(ws, "viewer")
    with pytest.raises(NotPermitted):
        recording.allow(settings, ws.actor, USE, "blog")
    assert log(ws) == [("connector.use", "blog", "not_permitted", {})]


def test_what_was_checked_before_is_recorded_with_its_outcome(ws, settings, key):
    become(ws, "viewer")
    recording.record(settings, ws.actor, USE, [("blog", {}), ("shop", {"n": 1})], "locked", [key])
    recording.record(settings, ws.actor, USE, [("blog", {})])
    assert log(ws) == [
        ("connector.use", "blog", "locked", {}),
        ("connector.use", "shop", "locked", {"n": 1}),
        ("connector.use", "blog", "ok", {}),
    ]
    assert seals(ws) == [True, True, False]


def test_a_store_that_is_not_there_is_told(ws, tmp_path):
    settings = Settings({**ws.settings.environ, "CONNECTORS_HOME": str(tmp_path / "away")})
    with pytest.raises(StoreError):
        recording.record(settings, ws.actor, USE, [("blog", {})])


def permitted(ws, action: Action, *, hold: bool = False, tenant: str = "default") -> str:
    with closing(database.open_for_reading(ws.settings.store)) as db:
        try:
            recording.permit(db, tenant, action, hold=hold)
        except (NotPermitted, NoTenant) as error:
            return error.code
    return "yes"


@pytest.mark.parametrize("hold", [True, False])
def test_a_role_says_what_one_may_in_a_tenant(ws, hold):
    asked = (Action.TENANT_REMOVE, Action.CONNECTOR_INSTALL, USE)
    allowed = {"owner": 3, "admin": 2, "member": 1, "viewer": 0}
    for role in Role:
        become(ws, role)
        said = [permitted(ws, action, hold=hold) for action in asked]
        refused = len(asked) - allowed[role]
        assert said == ["not_permitted"] * refused + ["yes"] * allowed[role]
    assert permitted(ws, USE, hold=hold, tenant="acme") == "not_found"


def test_a_removed_tenant_is_there_for_its_owner_to_restore_or_erase(ws):
    sql(ws, "UPDATE tenants SET deleted_at = '2026-01-01T00:00:00Z'")
    for role in Role:
        become(ws, role)
        for action in Action:
            may = role == Role.OWNER and action in {Action.TENANT_REMOVE, Action.TENANT_RESTORE}
            assert permitted(ws, action) == ("yes" if may else "not_found"), (role, action)


def test_a_refusal_names_who_acts(ws):
    become(ws, "viewer")
    with closing(database.open_for_reading(ws.settings.store)) as db:
        with pytest.raises(NotPermitted) as refusal:
            recording.permit(db, "default", USE)
        assert refusal.value.message.startswith(f"{db.principal} (viewer) may not do connector.use")
