"""The contents of a store in numbers: tenants, connectors, needed keys, the newest event."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from connectors_cli.errors import KeyProblem
from connectors_cli.store.read.database import Database
from connectors_cli.system.record import Record, values_of
from connectors_cli.vault import key_sources

KEY_SECONDS = 10.0
"""The time limit for all keys together, as a keyring that hangs delays each of them."""


class TenantContents(Record):
    """The contents of a tenant: installed and removed connectors, and the ids of their keys."""

    tenant: str
    connectors: int
    removed: int
    keys: tuple[str, ...]


class StoreContents(Record):
    """The contents of a store."""

    store_id: str
    schema_version: int
    newest_event: str | None
    tenants: tuple[TenantContents, ...]

    @property
    def connectors(self) -> int:
        """The number of connectors installed in all tenants."""
        return sum(tenant.connectors for tenant in self.tenants)

    def as_object(self) -> dict[str, Any]:
        """Return the contents as a JSON object."""
        return {**values_of(self), "tenants": self.by_tenant()}

    def by_tenant(self) -> list[dict[str, Any]]:
        """Return a JSON object for each tenant."""
        return [{**values_of(tenant), "keys": list(tenant.keys)} for tenant in self.tenants]


def read_contents(db: Database) -> StoreContents:
    """Return the contents of a store of any schema version."""
    counts = {
        tenant: (live, total - live)
        for tenant, live, total in db.rows(
            "SELECT tenant_id, COUNT(*) - COUNT(deleted_at), COUNT(*) FROM connectors"
            " GROUP BY tenant_id"
        )
    }
    needed: dict[str, list[str]] = {}
    for tenant, key_id in db.rows(
        "SELECT tenant_id, id FROM keys WHERE state = 'active'"
        " UNION SELECT tenant_id, key_id FROM connectors"
        " UNION SELECT tenant_id, key_id FROM webhooks WHERE key_id IS NOT NULL ORDER BY 1, 2"
    ):
        needed.setdefault(tenant, []).append(str(key_id))  # a damaged one can be bytes
    newest = db.one("SELECT MAX(at) FROM events")
    return StoreContents(
        store_id=db.meta["store_id"],
        schema_version=int(db.meta["schema_version"]),
        newest_event=str(newest[0]) if newest and newest[0] else None,
        tenants=tuple(
            TenantContents(tenant, *counts.get(tenant, (0, 0)), tuple(needed.get(tenant, ())))
            for (tenant,) in db.rows("SELECT id FROM tenants ORDER BY id")
        ),
    )


def missing_keys(contents: StoreContents, environ: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the needed keys that are not available: tenant, key and reason."""
    reasons = _reasons(contents, environ)
    return [
        {"tenant": tenant.tenant, "key": key_id, "reason": reasons[key_id]}
        for tenant in contents.tenants
        for key_id in tenant.keys
        if key_id in reasons
    ]


def _reasons(contents: StoreContents, environ: Mapping[str, str]) -> dict[str, str]:
    key_ids = [key_id for tenant in contents.tenants for key_id in tenant.keys]
    try:
        return unavailable_keys(key_sources.find_source(environ, contents.store_id), key_ids)
    except KeyProblem as error:
        return dict.fromkeys(key_ids, error.message)


def unavailable_keys(source: key_sources.KeySource, key_ids: Iterable[str]) -> dict[str, str]:
    """Return why keys are not available, by id; after KEY_SECONDS no more are looked up."""
    missing: dict[str, str] = {}
    end = time.monotonic() + KEY_SECONDS
    for key_id in key_ids:
        if missing and time.monotonic() > end:
            missing[key_id] = "not looked up because the keys before it took too long"
            continue
        try:
            source.get(key_id)
        except KeyProblem as error:
            missing[key_id] = error.message
    return missing
