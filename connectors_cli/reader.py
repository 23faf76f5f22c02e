"""The read side: rows of the SQL views through the bare driver, streamed; no ORM."""

from __future__ import annotations

from connectors_cli import damage
from connectors_cli.errors import NoTenant, NotFound, Tampered
from connectors_cli.rows import CATALOG, CONNECTOR, JSON, PRESET, REMOVED, Rows, only_row

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
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
    if not _is_there(db, tenant):
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
    raise no_connector(name, _some_names(db, tenant))


def sealed_connector(db: Database, tenant: str, name: str) -> dict[str, Any]:
    """Return what is needed to open one connector's credentials; Tampered if that is no JSON."""
    check_tenant_exists(db, tenant)
    select = _sealed(db)
    for key in ("name", "id"):
        if row := db.one(f"{select} AND c.tenant_id = ? AND c.{key} = ?", (tenant, name)):
            return _with_parsed(row)
    raise no_connector(name, _some_names(db, tenant))


def sealed_connectors(
    db: Database, tenant: str, names: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Stream what is needed to open connectors' credentials, all of a tenant's without names."""
    for name in names:
        yield sealed_connector(db, tenant, name)
    if not names:
        check_tenant_exists(db, tenant)
        rows = db.rows(f"{_sealed(db)} AND {_in_order(db, 'c.')}", (tenant,))
        yield from (_with_parsed(row) for row in rows)


def sealed_rows(
    db: Database, tenant: str, *, removed: bool = False
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Stream each connector's name with what opens it; None where that cannot be read."""
    sql = _sealed(db)
    if removed:
        sql = sql.replace("deleted_at IS NULL", "deleted_at IS NOT NULL")
    for row in db.rows(f"{sql} AND {_in_order(db, 'c.')}", (tenant,)):
        try:
            yield str(row[5]), _with_parsed(row)
        except Tampered:
            yield str(row[5]), None


def installed_names(
    db: Database, tenant: str, names: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Stream the names and ids of these connectors of a tenant, of all in order without names."""
    head = "SELECT name, id FROM connectors WHERE deleted_at IS NULL AND "
    for name in names:
        yield from db.rows(f"{head}tenant_id = ? AND name = ?", (tenant, name))
    if not names:
        yield from db.rows(head + _in_order(db), (tenant,))


def count_installed(db: Database, tenant: str) -> int:
    """Return how many connectors a tenant has; NotFound for a tenant that is not there."""
    check_tenant_exists(db, tenant)
    sql = "SELECT COUNT(*) FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    row = db.one(sql, (tenant,))
    return int(row[0]) if row else 0


def keys_in_use(db: Database, tenant: str) -> list[str]:
    """Return the ids of the keys that a tenant's connectors are sealed with."""
    sql = "SELECT DISTINCT key_id FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    return [row[0] for row in db.rows(sql, (tenant,))]


def _in_order(db: Database, table: str = "") -> str:
    """Return the condition and order that stream a tenant's rows by name, without a sort."""
    if db.dialect == "sqlite":  # the plus: as in _select
        return f"+{table}tenant_id = ? ORDER BY {table}name"
    return f'{table}tenant_id = ? ORDER BY {table}name COLLATE "C"'


RFC3339 = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
_SEALED = (
    *("id", "tenant_id", "catalog_key", "source", "digest", "name", "config", "auth", "auth_mac"),
    *("key_id", "status", "tags", "auth_expires_at"),
)


def _sealed(db: Database) -> str:
    sql = (
        "SELECT c.id, c.tenant_id, t.key, t.source, t.digest, c.name, c.config, c.auth, c.auth_mac,"
        " c.key_id, c.status, c.tags, c.auth_expires_at"
        " FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.deleted_at IS NULL"
    )
    if db.dialect == "postgresql":
        for name in ("config", "auth", "tags"):
            sql = sql.replace(f"c.{name},", f"c.{name}::text,")
        sql = sql.replace("c.auth_expires_at", RFC3339.format("c.auth_expires_at"))
    return sql


def _with_parsed(row: Row) -> dict[str, Any]:
    import json

    sealed = dict(zip(_SEALED, row, strict=True))
    try:
        for name in ("config", "auth", "tags"):
            sealed[name] = json.loads(sealed[name])
    except (ValueError, RecursionError):
        sealed["auth"] = None
    if not isinstance(sealed["config"], dict) or not isinstance(sealed["auth"], dict):
        raise unreadable(sealed["name"])
    return sealed


def unreadable(name: str) -> Tampered:
    """Return the error for a connector whose row cannot be read."""
    return Tampered(
        f"connector {name!r} is not used: it was changed outside connectors",
        hint=f"the others work; `connectors credentials reset {name!r}` keeps what it can,"
        " or put a backup in the store's place",
    )


def catalog_entry(db: Database, key: str) -> dict[str, Any] | None:
    """Return all that the store has of a type, JSON parsed; None when it has no such type."""
    schemas = (("default_config_schema", JSON), ("auth_schema", JSON))
    columns = (*CATALOG, *schemas, ("oauth", JSON), ("probe", JSON))
    names = ", ".join(name for name, _ in columns)
    row = db.one(f"SELECT {names} FROM catalog_entries WHERE key = ?", (key,))
    return only_row(Rows("catalog", columns, iter((row,)))) if row else None


def sign_ins(db: Database, tenant: str) -> dict[str, dict[str, Any]]:
    """Return how each of a tenant's connectors was last signed in, by id: method and scopes."""
    import json

    sql = (
        "SELECT details FROM events WHERE tenant_id = ? AND outcome = 'ok' AND action IN"
        " ('connector.login', 'connector.refresh') ORDER BY id"
    )
    if db.dialect == "postgresql":
        sql = sql.replace("details", "details::text", 1)
    found: dict[str, dict[str, Any]] = {}
    for (text,) in db.rows(sql, (tenant,)):
        details = json.loads(text)
        state, connector_id = details.get("state"), details.get("id", "")
        if state == "begun":
            continue  # it may have come to nothing
        before = {} if state == "signed_in" else found.get(connector_id, {})
        known = {name: details[name] for name in ("method", "scopes") if details.get(name)}
        found[connector_id] = {**before, **known}
    return found


def list_presets(db: Database, tenant: str, columns: tuple[Column, ...] = PRESET) -> Rows:
    """Stream a tenant's presets, by name."""
    check_tenant_exists(db, tenant)
    homes = {"catalog_key": "t.key"}
    if db.dialect == "postgresql":
        homes |= {"config": "p.config::text", "created_at": RFC3339.format("p.created_at")}
    wanted = ", ".join(homes.get(name, f"p.{name}") for name, _ in columns)
    sql = (
        f"SELECT {wanted} FROM presets p JOIN connector_catalog t ON p.catalog_id = t.id"
        " WHERE p.tenant_id = ? ORDER BY p.name"
    )
    return Rows("preset", columns, db.rows(sql, (tenant,)))


def preset(db: Database, tenant: str, name: str) -> tuple[str, dict[str, Any]]:
    """Return a preset's type and config; NotFound."""
    import json

    check_tenant_exists(db, tenant)
    config = "p.config" if db.dialect == "sqlite" else "p.config::text"
    sql = (
        f"SELECT t.key, {config} FROM presets p JOIN connector_catalog t ON p.catalog_id = t.id"
        " WHERE p.tenant_id = ? AND p.name = ?"
    )
    row = db.one(sql, (tenant, name))
    if row is None:
        raise no_preset(name)
    return row[0], json.loads(row[1])


def no_preset(name: str) -> NotFound:
    """Return the error for a preset that is not there."""
    return NotFound(f"no preset {name[:100]!r}", hint="see `connectors preset list`")


def names_beginning(db: Database, tenant: str, prefix: str, view: str) -> list[str]:
    """Return up to 200 connector names of a tenant that begin with `prefix`, for completion."""
    if not _is_there(db, tenant):
        return []
    sql = (
        f"SELECT name FROM {view} WHERE tenant_id = ? AND name >= ? AND name < ?"
        " ORDER BY name LIMIT 200"
    )
    return [row[0] for row in db.rows(sql, (tenant, prefix, prefix + "\U0010ffff"))]


def key_states(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state) of a tenant's keys, oldest first."""
    if not _is_there(db, tenant):
        return []
    sql = "SELECT id, state FROM keys WHERE tenant_id = ? ORDER BY created_at"
    return list(db.rows(sql, (tenant,)))


def tenant_keys(db: Database, tenant: str) -> list[Row]:
    """Return (key id, state, created at) of a tenant's keys, oldest first."""
    moment = RFC3339.format("created_at") if db.dialect == "postgresql" else "created_at"
    sql = f"SELECT id, state, {moment} FROM keys WHERE tenant_id = ? ORDER BY keys.created_at"
    return list(db.rows(sql, (tenant,)))


def sealed_by_key(db: Database, tenant: str) -> dict[str, dict[str, int]]:
    """Return how many connectors (removed ones too), webhooks and events each key seals."""
    counts: dict[str, dict[str, int]] = {}
    for table, column in (
        ("connectors", "key_id"),
        ("webhooks", "key_id"),
        ("events", "seal_key_id"),
    ):
        sql = f"SELECT {column}, COUNT(*) FROM {table} WHERE tenant_id = ? GROUP BY {column}"
        counts[table] = dict(db.rows(sql, (tenant,)))
    return counts


def role_of(db: Database, tenant: str, principal: str) -> str | None:
    """Return a principal's role in a tenant that is there; None for who is no member."""
    role, is_removed = standing(db, tenant, principal)
    return None if is_removed else role


def standing(
    db: Database, tenant: str, principal: str, *, hold: bool = False
) -> tuple[str | None, bool]:
    """Return a principal's role in a tenant, None for who is no member, and whether it is removed.

    With `hold` it stays so until the transaction ends.
    """
    sql = (
        "SELECT m.role, t.deleted_at IS NOT NULL FROM members m JOIN tenants t"
        " ON t.id = m.tenant_id WHERE m.tenant_id = ? AND m.principal = ?"
    )
    if hold and db.dialect == "postgresql":  # SQLite has one writer at a time
        sql += " FOR SHARE"
    row = db.one(sql, (tenant, principal))
    return (row[0], bool(row[1])) if row else (None, False)


def check_tenant_exists(db: Database, tenant: str) -> None:
    """Raise NoTenant when the store has no such tenant for who acts: one he is a member of."""
    if not _is_there(db, tenant):
        raise NoTenant(tenant)


def _is_there(db: Database, tenant: str) -> bool:
    return role_of(db, tenant, db.principal) is not None


def no_connector(name: str, known: Iterable[str] = ()) -> NotFound:
    """Return the error for a connector that is not there (or is another tenant's).

    It names the nearest of the known ones.
    """
    from difflib import get_close_matches

    nearest = get_close_matches(name[:100], list(known), n=1)
    meant = f"did you mean {nearest[0]}? " if nearest else ""
    return NotFound(f"no connector {name[:100]!r}", hint=f"{meant}see `connectors list`")


def _some_names(db: Database, tenant: str) -> list[str]:
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
