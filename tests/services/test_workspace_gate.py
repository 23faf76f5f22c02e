"""The gate: permissions, rollback, and the events that the log records."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, NoTenant, NotFound, NotPermitted, StoreError
from connectors_cli.services import tenants
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import Event, Member, Preset, Tenant
from connectors_cli.vault.seal import new_key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
INSTALL = Action.CONNECTOR_INSTALL
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def acme(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace of a second tenant, with its own store and user."""
    monkeypatch.setenv(KEY, f"{ws.settings.environ[KEY]},{new_key().text}")
    settings = Settings(dict(ws.settings.environ), tenant="acme")
    tenants.init(settings)
    with closing(Workspace(settings)) as other:
        yield other


def log(ws: Workspace, tenant: str = "default") -> list[tuple]:
    """The entries of a tenant's log since the fixtures created it."""
    with ws.store.transaction() as db, session_on(db) as session:
        rows = session.exec(select(Event).where(Event.tenant_id == tenant).order_by(col(Event.id)))
        told = [(row.action, row.subject, row.outcome, row.details) for row in rows]
    return told if tenant == "fresh" else told[1:]


def become(ws: Workspace, role: str | None, tenant: str = "default") -> None:
    """Give the user a role in a tenant; without one another user replaces them."""
    with ws.store.transaction() as db, session_on(db) as session:
        member = session.exec(select(Member).where(Member.tenant_id == tenant)).one()
        session.delete(member)
        session.flush()
        who = ws.actor.principal if role else "somebody else"
        made = {"tenant_id": tenant, "role": role or "owner", "created_at": THEN}
        session.add(Member(principal=who, **made))


def rename(ws: Workspace, session) -> None:
    session.get_one(Tenant, ws.tenant).name = "changed"


def name(ws: Workspace) -> str:
    with ws.store.transaction() as db, session_on(db) as session:
        return session.get_one(Tenant, ws.tenant).name


def attempt(ws: Workspace, error: Exception, **how: bool) -> None:
    """Change something, and fail."""

    def change() -> None:
        with ws.change(INSTALL, "blog", **how) as db, session_on(db) as session:
            rename(ws, session)
            session.flush()
            raise error

    with pytest.raises(type(error)) as raised:
        change()
    assert raised.value is error


def test_change_is_recorded_with_its_user_and_final_details(ws):
    noted = {"first": 1}
    with ws.change(INSTALL, "blog", noted) as db, session_on(db) as session:
        rename(ws, session)
        noted["last"] = 2
    with ws.change(Action.CONNECTOR_REMOVE, "blog"):
        pass
    assert name(ws) == "changed"
    assert log(ws) == [
        ("connector.install", "blog", "ok", {"first": 1, "last": 2}),
        ("connector.remove", "blog", "ok", {}),
    ]
    with ws.store.transaction() as db, session_on(db) as session:
        row = session.exec(select(Event)).first()
    assert (row.principal, row.email) == (ws.actor.principal, "tester@example.com")


def test_parts_of_a_change_are_recorded_before_the_change(ws):
    with ws.change(INSTALL, "file") as db:
        ws.record_each(db, [(Action.CONNECTOR_UPDATE, n, {"n": n}) for n in ("a", "b")])
    assert log(ws) == [
        ("connector.update", "a", "ok", {"n": "a"}),
        ("connector.update", "b", "ok", {"n": "b"}),
        ("connector.install", "file", "ok", {}),
    ]


def test_dry_run_changes_nothing_even_when_it_fails(ws):
    with ws.change(INSTALL, "blog", commit=False) as db, session_on(db) as session:
        rename(ws, session)
        ws.record_each(db, [(Action.CONNECTOR_UPDATE, "a", {})])
    attempt(ws, Conflict("taken"), commit=False)
    assert (name(ws), log(ws)) == ("default", [])


def test_dry_run_reports_what_the_database_refuses(ws):
    preset = Preset(tenant_id="nobodys", name="p", catalog_id="none", created_by_email="a@b")
    preset.created_at, preset.config = THEN, {}
    with (
        pytest.raises(StoreError),
        ws.change(INSTALL, "p", commit=False) as db,
        session_on(db) as session,
    ):
        session.add(preset)


def test_failure_is_rolled_back_and_recorded_with_its_code(ws):
    attempt(ws, Conflict("taken"))
    assert name(ws) == "default"
    assert log(ws) == [("connector.install", "blog", "conflict", {})]


@pytest.mark.parametrize("error", [NotFound("no such"), StoreError("full"), NoTenant("default")])
def test_not_found_and_store_errors_are_not_recorded(ws, error):
    attempt(ws, error)
    assert (name(ws), log(ws)) == ("default", [])


@pytest.mark.parametrize("commit", [True, False])
def test_refusal_is_recorded_in_a_dry_run_too(ws, commit):
    become(ws, "viewer")
    with pytest.raises(NotPermitted), ws.change(INSTALL, "blog", commit=commit):
        pytest.fail("the body must not run")
    assert log(ws) == [("connector.install", "blog", "not_permitted", {})]


def test_read_is_recorded_only_when_refused(ws):
    with ws.permitted(Action.KEY_ROTATE, "default") as db, session_on(db) as session:
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
    with acme.change(INSTALL, "blog") as db, session_on(db) as session:
        rename(acme, session)
    with pytest.raises(NotPermitted), ws.change(INSTALL, "blog"):
        pytest.fail("the body must not run")
    assert (name(ws), name(acme)) == ("default", "changed")
    assert log(ws) == [("connector.install", "blog", "not_permitted", {})]
    assert log(ws, "acme") == [("connector.install", "blog", "ok", {})]


def test_workspace_records_another_tenants_changes_in_the_chosen_log(ws, acme):
    for serving in (ws.serving("acme"), ws.serving("acme", log="default")):
        with serving.change(Action.TENANT_REMOVE, serving.log) as db, session_on(db) as session:
            rename(serving, session)
    with ws.serving("acme", log="").change(Action.TENANT_REMOVE, "unheard of"):
        pass
    assert [row[1] for row in log(ws, "acme")] == ["acme"]
    assert [row[1] for row in log(ws)] == ["default"]
    assert (name(ws), name(acme)) == ("default", "changed")
    assert (ws.tenant, ws.log) == ("default", "default")


def found(ws: Workspace, *, error: Exception | None = None, **how: bool) -> None:
    with ws.adding_tenant("fresh", **how) as db, session_on(db) as session:
        session.add(Tenant(id="fresh", name="fresh", created_by_email="a@b", created_at=THEN))
        session.flush()
        if error:
            raise error


def tenants_of(ws: Workspace) -> set[str]:
    with ws.store.transaction() as db, session_on(db) as session:
        return set(session.exec(select(Tenant.id)))


def test_new_tenant_is_recorded_in_its_own_log(ws):
    found(ws)
    assert tenants_of(ws) == {"default", "fresh"}
    assert (log(ws), log(ws, "fresh")) == ([], [("tenant.create", "fresh", "ok", {})])


def test_dry_run_creates_no_tenant(ws):
    found(ws, commit=False)
    assert (tenants_of(ws), log(ws), log(ws, "fresh")) == ({"default"}, [], [])
    with pytest.raises(Conflict):
        found(ws, error=Conflict("taken"))
    assert (tenants_of(ws), log(ws), log(ws, "fresh")) == ({"default"}, [], [])


def test_owner_of_a_tenant_may_create_another(ws, acme):
    become(ws, "viewer")
    found(ws)
    assert "fresh" in tenants_of(ws)


@pytest.mark.parametrize("role", ["admin", "member", "viewer"])
def test_non_owner_may_not_create_a_tenant_and_is_recorded(ws, acme, role):
    become(ws, None, "acme")
    become(ws, role)
    with pytest.raises(NotPermitted):
        found(ws)
    assert tenants_of(ws) == {"default", "acme"}
    assert log(ws) == [("tenant.create", "fresh", "not_permitted", {})]


def test_non_member_may_not_create_a_tenant(ws):
    become(ws, None)
    with pytest.raises(NoTenant):
        found(ws)
    assert (tenants_of(ws), log(ws)) == ({"default"}, [])


def test_anyone_may_create_the_first_tenant(ws):
    tenants.purge_tenant(ws, "default")
    assert tenants_of(ws) == set()
    found(ws)
    assert tenants_of(ws) == {"fresh"}


@pytest.mark.sqlite
def test_user_who_becomes_an_owner_during_a_refusal_is_asked_to_retry(ws, monkeypatch):
    become(ws, "viewer")

    def promote() -> None:
        with closing(sqlite3.connect(ws.store.path)) as db, db:
            db.execute("UPDATE members SET role = 'owner'")

    transaction = ws.store.transaction

    @contextmanager
    def then_promote(**how: bool) -> Iterator[object]:
        monkeypatch.undo()
        with transaction(**how) as db:
            yield db
        promote()

    monkeypatch.setattr(ws.store, "transaction", then_promote)
    with pytest.raises(Conflict) as refusal:
        found(ws)
    assert (refusal.value.message, refusal.value.hint) == (
        "your roles changed meanwhile",
        "try again",
    )
    assert tenants_of(ws) == {"default"}
    assert log(ws) == [("tenant.create", "fresh", "conflict", {})]
    found(ws)
    assert "fresh" in tenants_of(ws)


@pytest.mark.sqlite
def test_details_are_recorded_as_one_json_text(ws):
    with ws.change(INSTALL, "blog", {"fields": ["a", None]}):
        pass
    with closing(sqlite3.connect(ws.store.path)) as db:
        (*_, (text,)) = db.execute("SELECT details FROM events ORDER BY id").fetchall()
    assert json.loads(text) == {"fields": ["a", None]}
