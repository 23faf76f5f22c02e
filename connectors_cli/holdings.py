"""What a store holds, in numbers: tenants, connectors, the keys they need, the newest event."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from connectors_cli import keys
from connectors_cli.database import Database
from connectors_cli.errors import KeyProblem

KEY_SECONDS = 10.0
"""For all keys together: a keyring that hangs would hold up each of them."""


@dataclass(frozen=True, slots=True)
class TenantHoldings:
    """What is one tenant's: installed and removed connectors, ids of the keys they need."""

    tenant: str
    connectors: int
    removed: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a store holds."""

    store_id: str
    schema_version: int
    newest_event: str | None
    tenants: tuple[TenantHoldings, ...]

    @property
    def connectors(self) -> int:
        """How many are installed, in all tenants."""
        return sum(held.connectors for held in self.tenants)

    def as_object(self) -> dict[str, Any]:
        """Return it as its JSON object."""
        return {**asdict(self), "tenants": self.by_tenant()}

    def by_tenant(self) -> list[dict[str, Any]]:
        """Return a JSON object for each tenant."""
        return [{**asdict(held), "keys": list(held.keys)} for held in self.tenants]


def holdings(db: Database) -> Holdings:
    """Return what a store of any schema version holds."""
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
    return Holdings(
        store_id=db.meta["store_id"],
        schema_version=int(db.meta["schema_version"]),
        newest_event=str(newest[0]) if newest and newest[0] else None,
        tenants=tuple(
            TenantHoldings(tenant, *counts.get(tenant, (0, 0)), tuple(needed.get(tenant, ())))
            for (tenant,) in db.rows("SELECT id FROM tenants ORDER BY id")
        ),
    )


def missing_keys(held: Holdings, environ: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the keys that a store needs and that are not at hand: tenant, key and reason."""
    reasons = _reasons(held, environ)
    return [
        {"tenant": tenant.tenant, "key": key_id, "reason": reasons[key_id]}
        for tenant in held.tenants
        for key_id in tenant.keys
        if key_id in reasons
    ]


def _reasons(held: Holdings, environ: Mapping[str, str]) -> dict[str, str]:
    key_ids = [key_id for tenant in held.tenants for key_id in tenant.keys]
    try:
        return missing_of(keys.find_source(environ, held.store_id), key_ids)
    except KeyProblem as error:
        return dict.fromkeys(key_ids, error.message)


def missing_of(source: keys.KeySource, key_ids: Iterable[str]) -> dict[str, str]:
    """Return why keys are not at hand; when that takes too long, no more are looked for."""
    missing: dict[str, str] = {}
    end = time.monotonic() + KEY_SECONDS
    for key_id in key_ids:
        if missing and time.monotonic() > end:
            missing[key_id] = "not looked for: the keys before it took too long"
            continue
        try:
            source.get(key_id)
        except KeyProblem as error:
            missing[key_id] = error.message
    return missing
