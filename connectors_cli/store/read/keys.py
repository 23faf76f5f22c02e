"""The ids and states of a tenant's keys; the store never contains a key."""

from __future__ import annotations

from connectors_cli.store.read.database import as_rfc3339
from connectors_cli.store.read.members import tenant_exists

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.store.read.database import Database, Row


def key_states(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state) of a tenant's keys, oldest first."""
    if not tenant_exists(db, tenant):
        return []
    sql = "SELECT id, state FROM keys WHERE tenant_id = ? ORDER BY created_at"
    return list(db.rows(sql, (tenant,)))


def tenant_keys(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state, created at) of a tenant's keys, oldest first."""
    moment = as_rfc3339(db.dialect, "created_at")
    sql = f"SELECT id, state, {moment} FROM keys WHERE tenant_id = ? ORDER BY keys.created_at"
    return list(db.rows(sql, (tenant,)))


def endorsed_keys(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state, endorsing key's id, endorsement) of a tenant's keys, oldest first."""
    sql = "SELECT id, state, endorsed_by, endorsement FROM keys WHERE tenant_id = ?"
    return list(db.rows(f"{sql} ORDER BY created_at", (tenant,)))


def keys_of_log(db: Database, tenant: str) -> list[str]:
    """Return the ids of the keys that sealed a tenant's log first and last."""
    own = "WHERE tenant_id = ? AND seal_key_id IS NOT NULL"
    first = f"SELECT seal_key_id FROM events {own} ORDER BY at LIMIT 1"
    last = f"SELECT seal_key_id FROM log_heads {own}"
    found = db.one(f"SELECT ({first}), ({last})", (tenant, tenant)) or ()
    return list(dict.fromkeys(str(key_id) for key_id in found if key_id is not None))


def keys_ever_used(db: Database) -> set[str]:
    """Return the ids of all keys of a store: named by any tenant, or found on a row or seal."""
    parts = ["SELECT id FROM keys"]
    parts += [f"SELECT {column} FROM {table}" for table, column in SEALED.items()]
    return {str(row[0]) for row in db.rows(" UNION ".join(parts), ()) if row[0] is not None}


def all_keys(db: Database) -> list[Row]:
    """Return (key id, tenant, state) of the keys of every tenant."""
    return list(db.rows("SELECT id, tenant_id, state FROM keys"))


def keys_in_use(db: Database, tenant: str) -> list[str]:
    """Return the ids of the keys that seal a tenant's connectors."""
    sql = "SELECT DISTINCT key_id FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    return [row[0] for row in db.rows(sql, (tenant,))]


# The tables whose rows name a key, and the column. Once the next seal exists, a seal of the log no
# longer needs its key: only rows of the tables in NEEDING do.
SEALED = {"connectors": "key_id", "webhooks": "key_id", "events": "seal_key_id"}
NEEDING = ("connectors", "webhooks")


def sealed_by_key(db: Database, tenant: str) -> dict[str, dict[str, int]]:
    """Return how many connectors (including removed ones), webhooks and events each key seals."""
    counts: dict[str, dict[str, int]] = {}
    for table, column in SEALED.items():
        sql = (
            f"SELECT {column}, COUNT(*) FROM {table} WHERE tenant_id = ?"
            f" AND {column} IS NOT NULL GROUP BY {column}"
        )
        counts[table] = dict(db.rows(sql, (tenant,)))
    return counts


def needed_keys(db: Database, tenant: str) -> dict[str, int]:
    """Return how many rows need each key to open their credentials or secrets."""
    counts = sealed_by_key(db, tenant)
    needed: dict[str, int] = {}
    for table in NEEDING:
        for key_id, count in counts[table].items():
            needed[key_id] = needed.get(key_id, 0) + count
    return needed
