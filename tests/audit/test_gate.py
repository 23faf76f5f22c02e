"""The gate for writes without the ORM: permission, locks and events."""

import json
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.audit import gate
from connectors_cli.audit.roles import Action, Role
from connectors_cli.errors import Conflict, NoTenant, NotPermitted, StoreError
from connectors_cli.services.log import verify
from connectors_cli.settings import Settings
from connectors_cli.store.read import database
from connectors_cli.vault.seal import Key

pytestmark = pytest.mark.sqlite

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
    """Return the events since the tenant was created."""
    rows = sql(ws, "SELECT action, subject, outcome, details FROM events ORDER BY id")
    return [(*row, json.loads(details)) for *row, details in rows][1:]


def become(ws, role: str) -> None:
    sql(ws, "UPDATE members SET role = ?", role)


def seals(ws) -> list[bool]:
    """Return whether each entry since the tenant was created is sealed; check all seals."""
    sealed = [key_id is not None for (key_id,) in sql(ws, "SELECT seal_key_id FROM events")]
    with closing(database.open_for_reading(ws.settings.store)) as db:
        found = verify(db, ws.settings)
    assert (found.state, found.entries, found.seals_checked) == ("whole", len(sealed), sum(sealed))
    return sealed[1:]


def change(ws, settings, *events, keys=(), statement=RENAME, error=None) -> None:
    with gate.change(settings, ws.actor, USE, events or [("blog", {})], keys) as db:
        db.connection.execute(statement)
        if error:
            raise error


def name(ws) -> str:
    return sql(ws, "SELECT name FROM tenants")[0][0]


def test_change_and_events_are_written_together(ws, settings, key):
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


def test_details_can_be_filled_during_the_change_and_events_can_be_empty(ws, settings):
    noted = {}
    with gate.change(settings, ws.actor, USE, iter([("blog", noted)])):
        noted["late"] = True
    with gate.change(settings, ws.actor, USE, ()):
        pass
    assert log(ws) == [("connector.use", "blog", "ok", {"late": True})]


def test_change_blocks_other_writers_until_it_ends(ws, settings):
    with gate.change(settings, ws.actor, USE, ()):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sql(ws, RENAME)
        assert name(ws) == "default"
    sql(ws, RENAME)
    assert name(ws) == "changed"


@pytest.mark.parametrize("error", [Conflict("taken"), ZeroDivisionError()])
def test_failed_change_is_rolled_back_with_its_events(ws, settings, error):
    with pytest.raises(type(error)):
        change(ws, settings, error=error)
    assert (name(ws), log(ws)) == ("default", [])
    sql(ws, RENAME)


def test_database_error_names_the_store(ws, settings):
    with pytest.raises(StoreError) as refusal:
        change(ws, settings, statement=NONE_SUCH)
    assert refusal.value.message == f"the store {ws.store.path} failed (SQLITE_ERROR)"
    assert refusal.value.__cause__ is None
    assert log(ws) == []


def test_refusal_is_recorded_for_the_first_event(ws, settings, key):
    become(ws, "viewer")
    with pytest.raises(NotPermitted):
        change(ws, settings, ("blog", {"n": 1}), ("shop", {}), keys=[key])
    assert name(ws) == "default"
    assert log(ws) == [("connector.use", "blog", "not_permitted", {"n": 1})]
    assert seals(ws) == [True]


def test_non_member_gets_no_tenant_and_leaves_no_event(ws, settings):
    sql(ws, "UPDATE members SET principal = 'else'")
    with pytest.raises(NoTenant, match="no tenant default"):
        change(ws, settings)
    with pytest.raises(NoTenant):
        gate.allow(settings, ws.actor, USE, "blog")
    assert (name(ws), log(ws)) == ("default", [])


def test_permission_asked_in_advance_is_recorded_only_when_refused(ws, settings):
    gate.allow(settings, ws.actor, USE, "blog")
    assert log(ws) == []
    become(ws, "viewer")
    with pytest.raises(NotPermitted):
        gate.allow(settings, ws.actor, USE, "blog")
    assert log(ws) == [("connector.use", "blog", "not_permitted", {})]


def test_record_appends_events_with_their_outcome(ws, settings, key):
    become(ws, "viewer")
    gate.record(settings, ws.actor, USE, [("blog", {}), ("shop", {"n": 1})], "locked", [key])
    gate.record(settings, ws.actor, USE, [("blog", {})])
    assert log(ws) == [
        ("connector.use", "blog", "locked", {}),
        ("connector.use", "shop", "locked", {"n": 1}),
        ("connector.use", "blog", "ok", {}),
    ]
    assert seals(ws) == [True, True, False]


def test_missing_store_is_an_error(ws, tmp_path):
    settings = Settings({**ws.settings.environ, "CONNECTORS_HOME": str(tmp_path / "away")})
    with pytest.raises(StoreError):
        gate.record(settings, ws.actor, USE, [("blog", {})])


def permitted(ws, action: Action, *, hold: bool = False, tenant: str = "default") -> str:
    with closing(database.open_for_reading(ws.settings.store)) as db:
        try:
            gate.permit(db, tenant, action, hold=hold)
        except (NotPermitted, NoTenant) as error:
            return error.code
    return "yes"


@pytest.mark.parametrize("hold", [True, False])
def test_role_decides_what_is_allowed_in_a_tenant(ws, hold):
    asked = (Action.TENANT_REMOVE, Action.CONNECTOR_INSTALL, USE)
    allowed = {"owner": 3, "admin": 2, "member": 1, "viewer": 0}
    for role in Role:
        become(ws, role)
        said = [permitted(ws, action, hold=hold) for action in asked]
        refused = len(asked) - allowed[role]
        assert said == ["not_permitted"] * refused + ["yes"] * allowed[role]
    assert permitted(ws, USE, hold=hold, tenant="acme") == "not_found"


def test_removed_tenant_is_visible_to_its_owner_only_to_restore_or_erase(ws):
    sql(ws, "UPDATE tenants SET deleted_at = '2026-01-01T00:00:00Z'")
    for role in Role:
        become(ws, role)
        for action in Action:
            may = role == Role.OWNER and action in {Action.TENANT_REMOVE, Action.TENANT_RESTORE}
            assert permitted(ws, action) == ("yes" if may else "not_found"), (role, action)


def test_refusal_names_the_user(ws):
    become(ws, "viewer")
    with closing(database.open_for_reading(ws.settings.store)) as db:
        with pytest.raises(NotPermitted) as refusal:
            gate.permit(db, "default", USE)
        assert refusal.value.message.startswith(f"{db.principal} (viewer) may not do connector.use")
