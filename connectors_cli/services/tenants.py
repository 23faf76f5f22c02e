"""Making stores and tenants."""

from typing import Any

from connectors_cli import journal, keys, workspace
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
