"""The read side: rows of the SQL views through the bare driver, streamed; no ORM."""

from __future__ import annotations

from connectors_cli import damage
from connectors_cli.errors import NotFound
from connectors_cli.membership import check_tenant_exists, is_tenant_there
from connectors_cli.rows import CATALOG, CONNECTOR, JSON, REMOVED, Rows, only_row

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.database import Database, Row
    from connectors_cli.rows import Column

_PREDICATES = {
    "sqlite": {
        "tag": "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)",
        # The plus keeps the planner from starting at the type, and then sorting all it finds.
        "type": "+catalog_key = ?",
        "capability": """COALESCE(json_extract(capabilities, '$."' || ? || '"'), 0)"""
        " NOT IN (0, '', '[]', '{}')",
    },
    "postgresql": {
        "tag": "tags::jsonb @> to_jsonb(?::text)",
        "capability": "COALESCE((capabilities::jsonb)->>?, 'false')"
        " NOT IN ('false', '0', '', '[]', '{}')",
    },
}
_FILTERS = {
    "type": "catalog_key = ?",
    "category": "LOWER(category) = LOWER(?)",
    "auth_type": "auth_type = ?",
    "lifecycle": "lifecycle = ?",
}


def list_catalog(
    db: Database,
    columns: tuple[Column, ...] = CATALOG,
    *,
    by: str = "key",
    **filters: str | None,
) -> Rows:
    """Stream the catalog's types by key, or by category and key.

    Filters: category, auth_type, capability, lifecycle.
    """
    order = {"key": "key", "category": "category, key"}[by]
    return Rows("catalog", columns, _select(db, "catalog_entries", columns, filters, order))


def count_by_type(db: Database, tenant: str) -> dict[str, int]:
    """Return how many connectors of each type a tenant has installed; none where it is not."""
    if not is_tenant_there(db, tenant):
        return {}
    sql = (
        "SELECT t.key, COUNT(*) FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.tenant_id = ? AND c.deleted_at IS NULL GROUP BY t.key"
    )
    return dict(db.rows(sql, (tenant,)))


def list_installed(
    db: Database, tenant: str, columns: tuple[Column, ...] = CONNECTOR, **filters: str | None
) -> Rows:
    """Stream a tenant's connectors, by name; filters: type, status, tag, capability."""
    return _connectors(db, "installed_connectors", (tenant, columns), filters)


def list_removed(
    db: Database, tenant: str, columns: tuple[Column, ...] = REMOVED, **filters: str | None
) -> Rows:
    """Stream a tenant's removed connectors, by name."""
    return _connectors(db, "removed_connectors", (tenant, columns), filters)


def get_publish_targets(
    db: Database, tenant: str, columns: tuple[Column, ...] = CONNECTOR, **filters: str | None
) -> Rows:
    """Stream a tenant's active connectors that can publish, by name."""
    return _connectors(db, "publish_targets", (tenant, columns), filters)


def count_publish_targets(db: Database, tenant: str, **filters: str | None) -> int:
    """Return how many targets `get_publish_targets` would stream."""
    check_tenant_exists(db, tenant)
    where, parameters = _where(db, "publish_targets", filters)
    where += damage.readable(db.dialect, "publish_targets")
    sql = f"SELECT COUNT(*) FROM publish_targets WHERE tenant_id = ?{where}"
    row = db.one(sql, (tenant, *parameters))
    return int(row[0]) if row else 0


def show_connector(
    db: Database, tenant: str, name: str, columns: tuple[Column, ...] = CONNECTOR
) -> Rows:
    """Return one connector by name or id; NotFound also for another tenant's."""
    check_tenant_exists(db, tenant)
    names = damage.selected(db.dialect, "installed_connectors", columns)
    for key in ("name", "id"):
        sql = f"SELECT {names} FROM installed_connectors WHERE tenant_id = ? AND {key} = ?"
        if row := db.one(sql, (tenant, name)):
            return Rows("connector", columns, iter((row,)), single=True)
    raise no_connector(name, some_names(db, tenant))


def count_installed(db: Database, tenant: str) -> int:
    """Return how many connectors a tenant has; NotFound for a tenant that is not there."""
    check_tenant_exists(db, tenant)
    sql = "SELECT COUNT(*) FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    row = db.one(sql, (tenant,))
    return int(row[0]) if row else 0


def catalog_entry(db: Database, key: str) -> dict[str, Any] | None:
    """Return all that the store has of a type, JSON parsed; None when it has no such type."""
    schemas = (("default_config_schema", JSON), ("auth_schema", JSON))
    columns = (*CATALOG, *schemas, ("oauth", JSON), ("probe", JSON))
    names = ", ".join(name for name, _ in columns)
    row = db.one(f"SELECT {names} FROM catalog_entries WHERE key = ?", (key,))
    return only_row(Rows("catalog", columns, iter((row,)))) if row else None


def names_beginning(db: Database, tenant: str, prefix: str, view: str) -> list[str]:
    """Return up to 200 connector names of a tenant that begin with `prefix`, for completion."""
    if not is_tenant_there(db, tenant):
        return []
    sql = (
        f"SELECT name FROM {view} WHERE tenant_id = ? AND name >= ? AND name < ?"
        " ORDER BY name LIMIT 200"
    )
    return [row[0] for row in db.rows(sql, (tenant, prefix, prefix + "\U0010ffff"))]


def no_connector(name: str, known: Iterable[str] = ()) -> NotFound:
    """Return the error for a connector that is not there (or is another tenant's).

    It names the nearest of the known ones.
    """
    from difflib import get_close_matches

    nearest = get_close_matches(name[:100], list(known), n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return NotFound(f"no connector {name[:100]!r}", hint=f"{meant}see `connectors list`")


def some_names(db: Database, tenant: str) -> list[str]:
    """Return so many of a tenant's connectors' names as can be compared with at once."""
    sql = "SELECT name FROM installed_connectors WHERE tenant_id = ? LIMIT 1000"
    return [name for (name,) in db.rows(sql, (tenant,)) if isinstance(name, str)]


# What rows of a view are called; those that were chosen by a filter are "matching".
_KINDS = {
    "installed_connectors": "connector",
    "removed_connectors": "removed",
    "publish_targets": "target",
}


def _connectors(
    db: Database,
    view: str,
    wanted: tuple[str, tuple[Column, ...]],
    filters: dict[str, str | None],
) -> Rows:
    tenant, columns = wanted
    check_tenant_exists(db, tenant)
    kind = "matching" if any(filters.values()) else _KINDS[view]
    return Rows(kind, columns, _select(db, view, columns, filters, "name", tenant))


def _select(
    db: Database,
    view: str,
    columns: tuple[Column, ...],
    filters: dict[str, str | None],
    order: str,
    tenant: str | None = None,
) -> Iterator[Row]:
    where, parameters = _where(db, view, filters)
    if tenant is not None:
        # The unary plus keeps SQLite from choosing the tenant's index and then sorting
        # every row in memory: the index on (name, tenant_id) yields them in order.
        column = "+tenant_id" if db.dialect == "sqlite" else "tenant_id"
        where, parameters = f" AND {column} = ?{where}", [tenant, *parameters]
    if db.dialect == "postgresql":
        order += ' COLLATE "C"'
    names, where = (
        damage.selected(db.dialect, view, columns),
        where + damage.readable(db.dialect, view),
    )
    return db.rows(f"SELECT {names} FROM {view} WHERE 1 = 1{where} ORDER BY {order}", parameters)


def _where(db: Database, view: str, filters: dict[str, str | None]) -> tuple[str, list[str]]:
    status = f"{damage.status(db.dialect, view)} = ?"
    known = {"status": status} | _FILTERS | _PREDICATES[db.dialect]
    given = {key: value for key, value in filters.items() if value is not None}
    clauses = "".join(f" AND {known[key]}" for key in given)
    return clauses, [
        value.replace('"', "") if key == "capability" else value for key, value in given.items()
    ]
