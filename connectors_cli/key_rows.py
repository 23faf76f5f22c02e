"""Rows of a tenant's keys: their ids, never a key."""

from __future__ import annotations

from connectors_cli.dialects import as_rfc3339
from connectors_cli.membership import is_tenant_there

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.database import Database, Row


def key_states(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state) of a tenant's keys, oldest first."""
    if not is_tenant_there(db, tenant):
        return []
    sql = "SELECT id, state FROM keys WHERE tenant_id = ? ORDER BY created_at"
    return list(db.rows(sql, (tenant,)))


def tenant_keys(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state, created at) of a tenant's keys, oldest first."""
    moment = as_rfc3339(db.dialect, "created_at")
    sql = f"SELECT id, state, {moment} FROM keys WHERE tenant_id = ? ORDER BY keys.created_at"
    return list(db.rows(sql, (tenant,)))


def keys_in_use(db: Database, tenant: str) -> list[str]:
    """Return the ids of the keys that a tenant's connectors are sealed with."""
    sql = "SELECT DISTINCT key_id FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    return [row[0] for row in db.rows(sql, (tenant,))]


# Each table whose rows name a key, and the column that does. A log's seals need theirs no more
# once the next is made: rows of the first two are what a key has to be there for.
SEALED = {"connectors": "key_id", "webhooks": "key_id", "events": "seal_key_id"}
NEEDING = ("connectors", "webhooks")


def sealed_by_key(db: Database, tenant: str) -> dict[str, dict[str, int]]:
    """Return how many connectors (removed ones too), webhooks and events each key seals."""
    counts: dict[str, dict[str, int]] = {}
    for table, column in SEALED.items():
        sql = (
            f"SELECT {column}, COUNT(*) FROM {table} WHERE tenant_id = ?"
            f" AND {column} IS NOT NULL GROUP BY {column}"
        )
        counts[table] = dict(db.rows(sql, (tenant,)))
    return counts


def needed_keys(db: Database, tenant: str) -> dict[str, int]:
    """Return how many rows need each key: without it their credentials or secrets are lost."""
    counts = sealed_by_key(db, tenant)
    needed: dict[str, int] = {}
    for table in NEEDING:
        for key_id, count in counts[table].items():
            needed[key_id] = needed.get(key_id, 0) + count
    return needed
