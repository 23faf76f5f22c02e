"""What a store and a tenant begin with: the catalog, a key of its own, an owner, an empty log."""

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from connectors_cli import catalog, os_keyring
from connectors_cli.chain import Sealer
from connectors_cli.errors import KeyProblem
from connectors_cli.founding import create_store
from connectors_cli.settings import Settings
from connectors_cli.tables import CatalogRow, Event, KeyRow, LogHead, Member, Tenant
from connectors_cli.vault import Key
from connectors_cli.workspace import Workspace

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


def all_of(session: Session, table: type) -> list:
    return list(session.exec(select(table)))


def test_a_store_begins_with_its_catalog_and_a_tenant_with_key_owner_and_sealed_log(isolated):
    before = datetime.now(UTC) - timedelta(seconds=1)
    settings = Settings(os.environ, tenant="acme")
    made = create_store(settings)
    key = Key(os.environ[KEY])
    assert made == key.id
    with closing(Workspace(settings)) as ws, ws.store.transaction() as session:
        (tenant,) = all_of(session, Tenant)
        assert (tenant.id, tenant.name, tenant.deleted_at) == ("acme", "acme", None)
        assert tenant.created_by_email == "tester@example.com"
        (row,) = all_of(session, KeyRow)
        assert (row.id, row.tenant_id, row.state) == (key.id, "acme", "active")
        (member,) = all_of(session, Member)
        assert (member.tenant_id, member.role) == ("acme", "owner")
        assert member.principal == ws.actor.principal
        (head,) = all_of(session, LogHead)
        assert (head.tenant_id, head.entries, head.sealed_entries) == ("acme", 1, 1)
        (event,) = all_of(session, Event)
        assert (event.tenant_id, event.action, event.subject) == ("acme", "tenant.create", "acme")
        assert (event.outcome, event.details, event.principal) == ("ok", {}, ws.actor.principal)
        sealer = Sealer(key, "acme")
        assert (event.seal_key_id, event.seal) == (key.id, sealer.seal_entry(event.hash, ""))
        assert (head.seal_key_id, head.seal) == (key.id, sealer.seal_head(1, event.hash))
        assert {row.key for row in all_of(session, CatalogRow)} == set(catalog.builtin())
        moments = {tenant.created_at, row.created_at, member.created_at}
    (moment,) = moments
    assert before <= moment <= datetime.now(UTC)


def test_a_store_that_is_there_stays_as_it_is(ws, settings):
    assert create_store(settings) is None
    assert create_store(Settings(os.environ, tenant="acme")) is None
    with ws.store.transaction() as session:
        assert [row.id for row in all_of(session, Tenant)] == ["default"]


def test_where_no_key_is_to_be_had_no_store_is_made(isolated, settings, monkeypatch):
    monkeypatch.delenv(KEY)  # and there is no keyring
    with pytest.raises(KeyProblem):
        create_store(Settings(os.environ))
    assert not os.path.exists(f"{settings.home}/store.db")


def test_in_a_keyring_the_key_is_kept_under_the_stores_id_and_its_own(secret_service):
    secret_service.start(b"test")
    settings = Settings(os.environ)
    made = create_store(settings)
    with closing(Workspace(settings)) as ws:
        assert Key(os_keyring.get(f"{ws.store.meta['store_id']}:{made}")).id == made
