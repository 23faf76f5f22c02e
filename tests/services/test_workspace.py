"""The gate, and the catalog of a store."""

import json
import os

import pytest
from sqlmodel import select

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.read import load
from connectors_cli.errors import NotFound, NotPermitted
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import CatalogRow, Event, Member, StoreMeta


def role_becomes(ws, role: str) -> None:
    with ws.store.transaction() as db, session_on(db) as session:
        session.exec(select(Member)).one().role = role


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_write_without_permission_is_refused_and_recorded(ws, role):
    role_becomes(ws, role)
    with pytest.raises(NotPermitted), ws.change(Action.CONNECTOR_INSTALL, "blog"):
        pytest.fail("the body must not run")
    with ws.store.transaction() as db, session_on(db) as session:
        founded, event = session.exec(select(Event)).all()
    assert (founded.action, founded.outcome) == ("tenant.create", "ok")
    assert (event.action, event.outcome) == ("connector.install", "not_permitted")


def test_a_viewer_may_not_read_a_credential(run, blog):
    ws = Workspace(Settings(os.environ))
    role_becomes(ws, "viewer")
    ws.close()
    assert run("get", blog, "application_password", "--reveal").code == 4
    assert run("run", blog, "--", "true").code == 4
    assert run("targets", "-o", "names").out == "blog\n"


def test_unknown_tenant_is_not_found(ws):
    other = Workspace(Settings(os.environ, tenant="acme"))
    with pytest.raises(NotFound), other.change(Action.CONNECTOR_INSTALL, "blog"):
        pytest.fail("the body must not run")
    other.close()


def test_error_in_the_gate_rolls_back_and_releases_the_lock(ws):
    def change_and_fail() -> None:
        with ws.change(Action.CATALOG_ADD, "x") as db, session_on(db) as session:
            session.exec(select(CatalogRow)).first().name = "changed"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    with ws.store.transaction() as db, session_on(db) as session:
        assert "changed" not in session.exec(select(CatalogRow.name)).all()


def test_store_with_older_entries_is_updated(ws, settings):
    with ws.store.transaction() as db, session_on(db) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.name, row.digest = "Old Medium", "old"
        session.get_one(StoreMeta, "catalog_stamp").value = "0.0.1-00000000"
    Workspace(settings).close()
    assert name_of(ws, "medium") == load("medium").name


def test_store_with_entries_of_a_newer_program_is_unchanged(ws, settings):
    with ws.store.transaction() as db, session_on(db) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.name, row.digest = "New Medium", "new"
        session.get_one(StoreMeta, "catalog_stamp").value = "99.0.0-00000000"
    Workspace(settings).close()
    assert name_of(ws, "medium") == "New Medium"


def test_custom_type_stays_but_gives_way_to_a_built_in_one_of_the_same_key(ws, settings):
    with ws.store.transaction() as db, session_on(db) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == "medium")).one()
        row.name, row.source, row.digest = "Ours", "custom", "ours"
        session.get_one(StoreMeta, "catalog_stamp").value = "0.0.1-00000000"
    later = Workspace(settings)
    with later.store.transaction() as db:
        assert later.entry(db, "medium") == load("medium")
    later.close()
    assert name_of(ws, "medium") == "Ours"


def test_each_tenant_has_its_own_key(run, monkeypatch):
    first = json.loads(run("init", "--json").out)
    assert run("-t", "acme", "init").code == 7
    from connectors_cli.vault.seal import new_key

    both = f"{os.environ['CONNECTOR_AUTH_ENCRYPTION_KEY']},{new_key().text}"
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", both)
    second = json.loads(run("-t", "acme", "init", "--json").out)
    assert second["created"]
    assert second["key_id"] != first["key_id"]


def name_of(ws, key: str) -> str:
    with ws.store.transaction() as db, session_on(db) as session:
        return session.exec(select(CatalogRow.name).where(CatalogRow.key == key)).one()
