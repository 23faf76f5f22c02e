"""Making stores and tenants, and what is known of a tenant's keys."""

from typing import Any

from connectors_cli import journal, keys, reader, workspace
from connectors_cli.database import Database
from connectors_cli.errors import ConnectorsError
from connectors_cli.settings import Settings
from connectors_cli.store import open_store
from connectors_cli.tables import Tenant


def init(settings: Settings) -> dict[str, Any]:
    """Make the store, the tenant and its key, each only where it is not there yet.

    Returns store, tenant, key_id, key_source and created. Raises StoreError, and KeyProblem when
    no source of keys is usable (then nothing is made).
    """
    created, key_id = workspace.create_store(settings)
    if not created:
        created, key_id = _init_tenant(settings)
    source = keys.source_name(settings.environ)
    return {
        "store": settings.shown_store,
        "tenant": settings.tenant,
        "key_id": key_id,
        "key_source": "the OS keyring" if source == "keyring" else source,
        "created": created,
    }


def key_status(db: Database, settings: Settings) -> dict[str, Any]:
    """Return the tenant's key source and keys: id, state, connectors sealed with it, at hand."""
    reader.check_tenant_exists(db, settings.tenant)
    problem: str | None = None
    source = None
    try:
        source = keys.find_source(settings.environ, db.meta["store_id"])
        backend = _backend() if source.is_keyring else None
    except ConnectorsError as error:
        problem, backend = error.message, None
    rows = []
    for key_id, state, created_at, count in reader.tenant_keys(db, settings.tenant):
        missing = _why_missing(source, key_id)
        problem = problem or missing
        rows.append(
            {
                "id": key_id,
                "state": state,
                "created_at": str(created_at),
                "connectors": count,
                "available": missing is None,
            }
        )
    return {
        "tenant": settings.tenant,
        "source": source.name if source else None,
        "backend": backend,
        "keys": rows,
        "problem": problem,
    }


def _init_tenant(settings: Settings) -> tuple[bool, str]:
    store = open_store(settings.store)
    try:
        actor = journal.find_actor(settings, store.principal)
        with store.transaction() as session:
            if session.get(Tenant, settings.tenant) is not None:
                return False, workspace.active_key_id(session, settings.tenant)
        source = keys.find_source(settings.environ, store.meta["store_id"])
        with store.transaction() as session:
            if session.get(Tenant, settings.tenant) is not None:  # made by another meanwhile
                return False, workspace.active_key_id(session, settings.tenant)
            return True, workspace.add_tenant(session, settings.tenant, actor, source)
    finally:
        store.close()


def _backend() -> str:
    from connectors_cli import os_keyring

    return os_keyring.backend_name()


def _why_missing(source: keys.KeySource | None, key_id: str) -> str | None:
    if source is None:
        return "no usable source"
    try:
        source.get(key_id)
    except ConnectorsError as error:
        return error.message
    return None
