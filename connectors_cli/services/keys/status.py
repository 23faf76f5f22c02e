"""The status of a tenant's key source and keys, read without the ORM."""

from __future__ import annotations

from connectors_cli.audit import history
from connectors_cli.errors import ConnectorsError, KeyProblem
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.store.read.keys import needed_keys, sealed_by_key, tenant_keys
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.vault import key_sources

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database

    Row = dict[str, Any]


def key_status(db: Database, settings: Settings) -> Row:
    """Return the tenant's key source and keys: id, state, what each seals, and availability.

    `problem` says why a required key is not available.
    """
    check_tenant_exists(db, settings.tenant)
    problem, source, backend = None, None, None
    try:
        source = key_sources.find_source(settings.environ, db.meta["store_id"])
        backend = _backend() if source.is_keyring else None
    except ConnectorsError as error:
        problem = error.message
    counts, needed = sealed_by_key(db, settings.tenant), needed_keys(db, settings.tenant)
    rows = []
    for key_id, state, created_at in tenant_keys(db, settings.tenant):
        missing = _why_missing(source, key_id)
        sealed = {table: counts[table].get(key_id, 0) for table in counts}
        if state == "active" or key_id in needed:
            problem = problem or missing
        row = {"id": key_id, "state": state, "created_at": str(created_at), **sealed}
        rows.append({**row, "available": missing is None})
    if source is not None and problem is None:
        problem = _why_foreign(db, settings.tenant, source)
    return {
        "tenant": settings.tenant,
        "source": source.shown if source else None,
        "backend": backend,
        "keys": rows,
        "problem": problem,
        "elsewhere": _elsewhere(source, rows),
        "last_hash": log_end.hash if (log_end := history.head(db, settings.tenant)) else None,
    }


def _backend() -> str:
    from connectors_cli.vault import keyring

    return keyring.backend_name()


def _why_missing(source: key_sources.KeySource | None, key_id: str) -> str | None:
    if source is None:
        return "no usable key source"
    try:
        source.get(key_id)
    except ConnectorsError as error:
        return error.message
    return None


def _why_foreign(db: Database, tenant: str, source: key_sources.KeySource) -> str | None:
    """Return why the active key may not seal, None if it may."""
    keys = TenantKeys(db, tenant)
    try:
        keys.check_sealing(str(keys.active), source)
    except ConnectorsError as error:
        return f"{error.message}; {error.hint}"
    return None


def _elsewhere(source: key_sources.KeySource | None, rows: Sequence[Row]) -> str | None:
    """Return a hint if the unused OS keyring contains a key that the variable lacks."""
    wanted = [row["id"] for row in rows if not row["available"] and row["state"] != "retired"]
    if source is None or source.is_keyring:
        return None
    found = [key_id for key_id in wanted if _is_in_keyring(source.store_id, key_id)]
    if not found:
        return None
    return (
        f"the OS keyring contains {', '.join(found)}, but {source.shown} is used instead:"
        f" {source.way_out}"
    )


def _is_in_keyring(store_id: str, key_id: str) -> bool:
    try:
        key_sources.KeySource("keyring", (), store_id).get(key_id)
    except KeyProblem:
        return False
    return True
