"""What the gate promises: who may, what is undone, and what the log then has of it."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from connectors_cli.access import Action
from connectors_cli.errors import Conflict, NoTenant, NotFound, NotPermitted, StoreError
from connectors_cli.services import tenants
from connectors_cli.settings import Settings
from connectors_cli.tables import Event, Member, Preset, Tenant
from connectors_cli.vault import new_key
from connectors_cli.workspace import Workspace

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
INSTALL = Action.CONNECTOR_INSTALL
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def acme(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace of a second tenant, on a store and with an actor of its own."""
    monkeypatch.setenv(KEY, f"{ws.settings.environ[KEY]},{new_key().text}")
    settings = Settings(dict(ws.settings.environ), tenant="acme")
    tenants.init(settings)
    with closing(Workspace(settings)) as other:
        yield other


def log(ws: Workspace, tenant: str = "default") -> list[tuple]:
    """What a tenant's log has since the fixtures made it."""
    with ws.store.transaction() as session:
        rows = session.exec(select(Event).where(Event.tenant_id == tenant).order_by(col(Event.id)))
        told = [(row.action, row.subject, row.outcome, row.details) for row in rows]
    return told if tenant == "fresh" else told[1:]


def become(ws: Workspace, role: str | None, tenant: str = "default") -> None:
    """Give who acts a role in a tenant; with none somebody else is in his place."""
    with ws.store.transaction() as session:
        member = session.exec(select(Member).where(Member.tenant_id == tenant)).one()
        session.delete(member)
        session.flush()
        who = ws.actor.principal if role else "somebody else"
        made = {"tenant_id": tenant, "role": role or "owner", "created_at": THEN}
        session.add(Member(principal=who, **made))


def rename(ws: Workspace, session) -> None:
    session.get_one(Tenant, ws.tenant).name = "changed"


def name(ws: Workspace) -> str:
    with ws.store.transaction() as session:
        return session.get_one(Tenant, ws.tenant).name


def attempt(ws: Workspace, error: Exception, **how: bool) -> None:
    """Change something, and fail."""

    def change() -> None:
        with ws.change(INSTALL, "blog", **how) as session:
            rename(ws, session)
            session.flush()
            raise error

    with pytest.raises(type(error)) as raised:
        change()
    assert raised.value is error


def test_a_change_is_recorded_by_who_made_it_with_what_was_noted_until_its_end(ws):
    noted = {"first": 1}
    with ws.change(INSTALL, "blog", noted) as session:
        rename(ws, session)
        noted["last"] = 2
    with ws.change(Action.CONNECTOR_REMOVE, "blog"):
        pass
    assert name(ws) == "changed"
    assert log(ws) == [
        ("connector.install", "blog", "ok", {"first": 1, "last": 2}),
        ("connector.remove", "blog", "ok", {}),
    ]
    with ws.store.transaction() as session:
        row = session.exec(select(Event)).first()
    assert (row.principal, row.email) == (ws.actor.principal, "tester@example.com")


def test_the_parts_of_a_change_are_recorded_before_it(ws):
    with ws.change(INSTALL, "file") as session:
        ws.record_each(session, [(Action.CONNECTOR_UPDATE, n, {"n": n}) for n in ("a", "b")])
    assert log(ws) == [
        ("connector.update", "a", "ok", {"n": "a"}),
        ("connector.update", "b", "ok", {"n": "b"}),
        ("connector.install", "file", "ok", {}),
    ]


def test_a_dry_run_leaves_nothing_whatever_it_meets(ws):
    with ws.change(INSTALL, "blog", commit=False) as session:
        rename(ws, session)
        ws.record_each(session, [(Action.CONNECTOR_UPDATE, "a", {})])
    attempt(ws, Conflict("taken"), commit=False)
    assert (name(ws), log(ws)) == ("default", [])


def test_a_dry_run_meets_what_the_database_refuses(ws):
    preset = Preset(tenant_id="nobodys", name="p", catalog_id="none", created_by_email="a@b")
    preset.created_at, preset.config = THEN, {}
    with pytest.raises(StoreError), ws.change(INSTALL, "p", commit=False) as session:
        session.add(preset)


def test_what_fails_is_undone_and_recorded_under_its_code(ws):
    attempt(ws, Conflict("taken"))
    assert name(ws) == "default"
    assert log(ws) == [("connector.install", "blog", "conflict", {})]


@pytest.mark.parametrize("error", [NotFound("no such"), StoreError("full"), NoTenant("default")])
def test_what_is_not_there_and_what_the_store_refuses_is_not_recorded(ws, error):
    attempt(ws, error)
    assert (name(ws), log(ws)) == ("default", [])


@pytest.mark.parametrize("commit", [True, False])
def test_who_may_not_is_recorded_in_a_dry_run_too(ws, commit):
    become(ws, "viewer")
    with pytest.raises(NotPermitted), ws.change(INSTALL, "blog", commit=commit):
        pytest.fail("the body must not run")
    assert log(ws) == [("connector.install", "blog", "not_permitted", {})]


def test_what_is_only_read_is_not_recorded_unless_it_is_refused(ws):
    with ws.permitted(Action.KEY_ROTATE, "default") as session:
        assert session.get_one(Tenant, "default").name == "default"
    become(ws, "admin")
    with pytest.raises(NotPermitted), ws.permitted(Action.KEY_ROTATE, "default"):
        pytest.fail("the body must not run")
    assert log(ws) == [("key.rotate", "default", "not_permitted", {})]
    become(ws, "owner")
    with pytest.raises(Conflict), ws.permitted(Action.KEY_ROTATE, "default"):
        raise Conflict("busy")
    assert log(ws)[1:] == [("key.rotate", "default", "conflict", {})]


def test_each_tenant_has_its_own_gate_and_log(ws, acme):
    become(ws, "viewer")
    with acme.change(INSTALL, "blog") as session:
        rename(acme, session)
    with pytest.raises(NotPermitted), ws.change(INSTALL, "blog"):
        pytest.fail("the body must not run")
    assert (name(ws), name(acme)) == ("default", "changed")
    assert log(ws) == [("connector.install", "blog", "not_permitted", {})]
    assert log(ws, "acme") == [("connector.install", "blog", "ok", {})]


def test_a_workspace_serves_another_tenant_in_its_log_or_in_that_of_another_or_in_none(ws, acme):
    for serving in (ws.serving("acme"), ws.serving("acme", log="default")):
        with serving.change(Action.TENANT_REMOVE, serving.log) as session:
            rename(serving, session)
    with ws.serving("acme", log="").change(Action.TENANT_REMOVE, "unheard of"):
        pass
    assert [row[1] for row in log(ws, "acme")] == ["acme"]
    assert [row[1] for row in log(ws)] == ["default"]
    assert (name(ws), name(acme)) == ("default", "changed")
    assert (ws.tenant, ws.log) == ("default", "default")


def found(ws: Workspace, *, error: Exception | None = None, **how: bool) -> None:
    with ws.founding("fresh", **how) as session:
        session.add(Tenant(id="fresh", name="fresh", created_by_email="a@b", created_at=THEN))
        session.flush()
        if error:
            raise error


def tenants_of(ws: Workspace) -> set[str]:
    with ws.store.transaction() as session:
        return set(session.exec(select(Tenant.id)))


def test_a_tenant_that_is_made_has_that_in_its_own_log(ws):
    found(ws)
    assert tenants_of(ws) == {"default", "fresh"}
    assert (log(ws), log(ws, "fresh")) == ([], [("tenant.create", "fresh", "ok", {})])


def test_a_tenant_that_is_only_tried_is_not_made(ws):
    found(ws, commit=False)
    assert (tenants_of(ws), log(ws), log(ws, "fresh")) == ({"default"}, [], [])
    with pytest.raises(Conflict):
        found(ws, error=Conflict("taken"))
    assert (tenants_of(ws), log(ws), log(ws, "fresh")) == ({"default"}, [], [])


def test_who_owns_another_tenant_may_make_one(ws, acme):
    become(ws, "viewer")
    found(ws)
    assert "fresh" in tenants_of(ws)


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_who_owns_none_may_not_whoever_else_does_and_that_is_recorded(ws, acme, role):
    become(ws, None, "acme")
    become(ws, role)
    with pytest.raises(NotPermitted):
        found(ws)
    assert tenants_of(ws) == {"default", "acme"}
    assert log(ws) == [("tenant.create", "fresh", "not_permitted", {})]


def test_a_stranger_makes_no_tenant_where_others_are(ws):
    become(ws, None)
    with pytest.raises(NoTenant):
        found(ws)
    assert (tenants_of(ws), log(ws)) == ({"default"}, [])


def test_where_there_is_no_tenant_anyone_makes_the_first(ws):
    tenants.purge_tenant(ws, "default")
    assert tenants_of(ws) == set()
    found(ws)
    assert tenants_of(ws) == {"fresh"}


def test_who_becomes_an_owner_while_he_is_refused_is_told_to_try_again(ws):
    become(ws, "viewer")

    def promote(*_: object) -> None:
        with closing(sqlite3.connect(ws.store.path)) as db, db:
            db.execute("UPDATE members SET role = 'owner'")

    event.listen(ws.store.engine, "checkin", promote, once=True)
    with pytest.raises(Conflict) as refusal:
        found(ws)
    assert (refusal.value.message, refusal.value.hint) == (
        "your roles were changed meanwhile",
        "try again",
    )
    assert tenants_of(ws) == {"default"}
    assert log(ws) == [("tenant.create", "fresh", "conflict", {})]
    found(ws)
    assert "fresh" in tenants_of(ws)


def test_details_are_recorded_as_one_json_text(ws):
    with ws.change(INSTALL, "blog", {"fields": ["a", None]}):
        pass
    with closing(sqlite3.connect(ws.store.path)) as db:
        (*_, (text,)) = db.execute("SELECT details FROM events ORDER BY id").fetchall()
    assert json.loads(text) == {"fields": ["a", None]}
