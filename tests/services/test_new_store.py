"""The contents of a new store and tenant: catalog, key, owner and log."""

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from connectors_cli.catalog.read import builtin
from connectors_cli.errors import KeyProblem
from connectors_cli.services.workspace import Workspace, create_store
from connectors_cli.settings import Settings
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import CatalogRow, Event, KeyRow, LogHead, Member, Tenant
from connectors_cli.vault import keyring
from connectors_cli.vault.log_seals import Sealer
from connectors_cli.vault.seal import Key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"


def all_of(session: Session, table: type) -> list:
    return list(session.exec(select(table)))


def test_new_store_has_a_catalog_and_a_tenant_with_key_owner_and_sealed_log(isolated):
    before = datetime.now(UTC) - timedelta(seconds=1)
    settings = Settings(os.environ, tenant="acme")
    made = create_store(settings)
    key = Key(os.environ[KEY])
    assert made == key.id
    with (
        closing(Workspace(settings)) as ws,
        ws.store.transaction() as db,
        session_on(db) as session,
    ):
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
        assert {row.key for row in all_of(session, CatalogRow)} == set(builtin())
        moments = {tenant.created_at, row.created_at, member.created_at}
    (moment,) = moments
    assert before <= moment <= datetime.now(UTC)


def test_existing_store_is_unchanged(ws, settings):
    assert create_store(settings) is None
    assert create_store(Settings(os.environ, tenant="acme")) is None
    with ws.store.transaction() as db, session_on(db) as session:
        assert [row.id for row in all_of(session, Tenant)] == ["default"]


def test_no_store_is_created_without_a_key(isolated, settings, monkeypatch):
    monkeypatch.delenv(KEY)  # and there is no keyring
    with pytest.raises(KeyProblem):
        create_store(Settings(os.environ))
    assert not os.path.exists(f"{settings.home}/store.db")


def test_keyring_entry_is_named_by_store_id_and_key_id(secret_service):
    secret_service.start(b"test")
    settings = Settings(os.environ)
    made = create_store(settings)
    with closing(Workspace(settings)) as ws:
        assert Key(keyring.get(f"{ws.store.meta['store_id']}:{made}")).id == made
