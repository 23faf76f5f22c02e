"""Connectors and types for reading: rows of the SQL views, streamed, without the ORM.

Damaged rows are returned too: SQLite's JSON functions replace what cannot be read.
"""

from __future__ import annotations

from connectors_cli.errors import NotFound
from connectors_cli.store.read.database import as_text, byte_order
from connectors_cli.store.read.members import check_tenant_exists, tenant_exists
from connectors_cli.store.read.rows import (
    CATALOG,
    CONNECTOR,
    JSON,
    REMOVED,
    TEXT,
    Rows,
    batched,
    only_row,
    sorting_column,
)
from connectors_cli.system.text import composed, shell_quoted

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from connectors_cli.store.read.database import Database, Row
    from connectors_cli.store.read.rows import Column

    Tenants = str | Sequence[str]
    """A tenant, or several of which the current user is a member."""

# A view does not have the sealed credentials; whether they can be read is found next to it.
_OWN_ROW = (
    " CROSS JOIN (SELECT id AS own_id, auth AS own_auth, catalog_id AS own_type FROM connectors)"
    " ON own_id = id"
)
_READABLE = "json_valid(own_auth) AND substr(own_auth, 1, 1) = '{'"
_NAMES = "SELECT '[' || COALESCE(group_concat(json_quote(key), ', '), '') || ']' FROM json_each"
_STATUS = f"CASE WHEN {_READABLE} THEN CAST(status AS TEXT) ELSE 'unreadable' END"
_AUTH_FIELDS = f"CASE WHEN {_READABLE} THEN ({_NAMES}(own_auth)) END"
_OWN_CONFIG = "CASE WHEN json_valid(config) AND substr(config, 1, 1) = '{' THEN config END"
# Bytes, because what is not UTF-8 does not reach a function as text; see `Defaults.add_to`.
_CONFIG = (
    f"COALESCE(with_defaults(CAST(own_type AS BLOB), CAST({_OWN_CONFIG} AS BLOB)), {_OWN_CONFIG})"
)
_INSTEAD = {"status": _STATUS, "auth_fields": _AUTH_FIELDS, "config": _CONFIG}
# As `Defaults` reads it: a built-in type is named by its key, and not asked for in the store.
_SERVER_TYPE = (
    "(SELECT CASE t.source WHEN 'custom' THEN t.id ELSE ':' || t.key END FROM connectors c"
    " JOIN connector_catalog t ON t.id = c.catalog_id WHERE c.id = {view}.id) AS own_type"
)
_TYPE_ID = (
    "(SELECT t.id FROM connector_catalog t WHERE t.key = catalog_entries.key"
    " AND (t.tenant_id = catalog_entries.tenant_id"  # the two that the index knows
    " OR t.tenant_id IS NULL AND catalog_entries.tenant_id IS NULL))"
)
# Columns that a view lacks: the names of the people of the audit columns, and ids of types.
_BEYOND = {
    name: f"(SELECT c.{name} FROM connectors c WHERE c.id = {{view}}.id)"
    for name in ("created_by_name", "updated_by_name", "deleted_by_name")
}
_OF_CONNECTORS = frozenset({"installed_connectors", "publish_targets", "removed_connectors"})
_PREDICATES = {
    "sqlite": {
        "tag": "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)",
        # The plus keeps the planner from starting with the type and sorting all rows.
        "type": "+catalog_key = ?",
        "capability": """COALESCE(json_extract(capabilities, '$."' || ? || '"'), 0)"""
        " NOT IN (0, '', '[]', '{}')",
        "expires_before": "auth_expires_at < ? AND instr(auth_fields, '\"refresh_token\"') = 0",
    },
    "postgresql": {
        "tag": "tags::jsonb @> to_jsonb(?::text)",
        "capability": "COALESCE((capabilities::jsonb)->>?, 'false')"
        " NOT IN ('false', '0', '', '[]', '{}')",
        "expires_before": "auth_expires_at < ? AND strpos(auth_fields, '\"refresh_token\"') = 0",
    },
}
_FILTERS = {
    "type": "catalog_key = ?",
    "category": "LOWER(category) = LOWER(?)",
    "auth_type": "auth_type = ?",
    "lifecycle": "lifecycle = ?",
}
# The kind of a view's rows; with a filter it is "matching".
_KINDS = {
    "installed_connectors": "connector",
    "removed_connectors": "removed",
    "publish_targets": "target",
}


def list_catalog(
    db: Database,
    tenant: str,
    columns: tuple[Column, ...] = CATALOG,
    *,
    by: str = "key",
    **filters: str | None,
) -> Rows:
    """Return the built-in types and a tenant's own, sorted by key, or by category and key.

    Filters: category, auth_type, capability, lifecycle.
    """
    key = byte_order(db.dialect, "key")
    order = {"key": key, "category": f"category, {key}"}[by]
    names = _selected(db.dialect, "catalog_entries", columns)
    return Rows("catalog", columns, _select(db, "catalog_entries", names, filters, order, tenant))


def count_by_type(db: Database, tenant: str) -> dict[str, int]:
    """Return how many connectors of each type a tenant has installed; empty without the tenant."""
    if not tenant_exists(db, tenant):
        return {}
    sql = (
        "SELECT t.key, COUNT(*) FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.tenant_id = ? AND c.deleted_at IS NULL GROUP BY t.key"
    )
    return dict(db.rows(sql, (tenant,)))


def types_in_use(db: Database, tenant: str) -> list[str]:
    """Return the keys of the types that a tenant has installed, sorted; raises NoTenant."""
    check_tenant_exists(db, tenant)
    # The plus makes SQLite look for one row of each type instead of reading the tenant's rows.
    own = "+c.tenant_id = ?" if db.dialect == "sqlite" else "c.tenant_id = ?"
    sql = (
        "SELECT t.key FROM connector_catalog t WHERE EXISTS (SELECT 1 FROM connectors c"
        f" WHERE c.catalog_id = t.id AND {own} AND c.deleted_at IS NULL) ORDER BY t.key"
    )
    return [str(key) for (key,) in db.rows(sql, (tenant,))]


def ids_without(db: Database, tenant: str, key: str, fields: Iterable[str]) -> list[str]:
    """Return the ids of a tenant's connectors of a type that have none of these credentials.

    It looks for the names in the stored text, which tokens cannot contain: no row is parsed.
    """
    auth, names = as_text(db.dialect, "c.auth"), [f'"{field}"' for field in fields]
    position = "instr" if db.dialect == "sqlite" else "strpos"
    sql = (
        "SELECT c.id FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.tenant_id = ? AND c.deleted_at IS NULL AND t.key = ?"
    ) + f" AND {position}({auth}, ?) = 0" * len(names)
    return [str(row_id) for (row_id,) in db.rows(sql, (tenant, key, *names))]


def installed_of(db: Database, tenant: str, key: str, ids: Sequence[str]) -> list[str]:
    """Return which of these ids a tenant's installed connectors of a type have."""
    sql = (
        "SELECT c.id FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.tenant_id = ? AND c.deleted_at IS NULL AND t.key = ? AND c.id IN ({marks})"
    )
    found: list[str] = []
    for block in batched(ids, 500):
        rows = db.rows(sql.format(marks=", ".join("?" * len(block))), (tenant, key, *block))
        found += [str(row_id) for (row_id,) in rows]
    return found


def list_installed(
    db: Database,
    tenant: Tenants,
    columns: tuple[Column, ...] = CONNECTOR,
    *,
    sort_by: str | None = None,
    limit: int | None = None,
    **filters: str | None,
) -> Rows:
    """Return the connectors of a tenant, or of several, sorted by name.

    Filters: type, status, tag, capability; `search`, of which every word must be in the name, type,
    account, tags or settings; `expires_before`, the end of a sign-in that nothing renews. `sort_by`
    is a field, with a minus before it from last to first. Raises UsageError for an unknown one.
    """
    return _connectors(db, "installed_connectors", (tenant, columns, sort_by, limit), filters)


def list_removed(
    db: Database,
    tenant: Tenants,
    columns: tuple[Column, ...] = REMOVED,
    *,
    sort_by: str | None = None,
    limit: int | None = None,
    **filters: str | None,
) -> Rows:
    """Return removed connectors; everything is as in `list_installed`."""
    return _connectors(db, "removed_connectors", (tenant, columns, sort_by, limit), filters)


def get_publish_targets(
    db: Database,
    tenant: Tenants,
    columns: tuple[Column, ...] = CONNECTOR,
    *,
    sort_by: str | None = None,
    limit: int | None = None,
    **filters: str | None,
) -> Rows:
    """Return active connectors that can publish; everything is as in `list_installed`."""
    return _connectors(db, "publish_targets", (tenant, columns, sort_by, limit), filters)


def count_publish_targets(db: Database, tenant: Tenants, **filters: str | None) -> int:
    """Return how many targets `get_publish_targets` would return."""
    if filters.get("search"):
        wanted: dict[str, Any] = dict(filters)
        return sum(1 for _ in get_publish_targets(db, tenant, (("id", TEXT),), **wanted).rows)
    _check_tenant(db, tenant)
    where, parameters = _where(db, "publish_targets", filters)
    where += _readable(db.dialect, "publish_targets")
    own, tenants = _of_tenants(tenant)
    sql = _query(db, "COUNT(*)", "publish_targets", f"{own}{where}")
    row = db.one(sql, (*tenants, *parameters))
    return int(row[0]) if row else 0


def show_connector(
    db: Database,
    tenant: str,
    name: str,
    columns: tuple[Column, ...] = CONNECTOR,
    *,
    by: tuple[str, ...] = ("name", "id"),
) -> Rows:
    """Return one connector by name or id; raises NotFound, also for another tenant's."""
    check_tenant_exists(db, tenant)
    name, names = composed(name), _selected(db.dialect, "installed_connectors", columns)
    for key in by:
        sql = _query(db, names, "installed_connectors", f"tenant_id = ? AND {key} = ?")
        if row := db.one(sql, (tenant, name)):
            return Rows("connector", columns, _completed(db, columns, iter((row,))), single=True)
    raise no_connector(name, some_names(db, tenant))


def texts_to_search(
    db: Database, tenant: str, *, removed: bool, **filters: str | None
) -> Iterator[tuple[str, str]]:
    """Yield the id of each connector and the text that a search looks in, sorted by name.

    To search again and again: `list_installed` with `search` reads them each time.
    """
    from connectors_cli.store.read import search

    view = "removed_connectors" if removed else "installed_connectors"
    names = f"id, {search.TEXT_OF[db.dialect]}"
    order = _order(db.dialect, view, None, tenant)
    for row_id, text in _select(db, view, names, filters, order, tenant):
        yield row_id, search.folded(text)


def rows_with_ids(
    db: Database, tenant: str, columns: tuple[Column, ...], ids: Sequence[str], removed: bool
) -> Rows:
    """Return the connectors with these ids that are installed, or `removed`, in any order."""
    view = "removed_connectors" if removed else "installed_connectors"
    names, marks = _selected(db.dialect, view, columns), ", ".join("?" * len(ids))
    sql = _query(db, names, view, f"tenant_id = ? AND id IN ({marks})")
    rows = db.rows(sql, (tenant, *ids))
    return Rows("connector", columns, _completed(db, columns, rows))


def is_installed(db: Database, tenant: str, name: str) -> bool:
    """Return whether a tenant has an installed connector of this name."""
    try:
        show_connector(db, tenant, name, (("id", TEXT),), by=("name",))
    except NotFound:
        return False
    return True


def count_installed(db: Database, tenant: str) -> int:
    """Return how many connectors a tenant has installed; raises NoTenant."""
    check_tenant_exists(db, tenant)
    sql = "SELECT COUNT(*) FROM connectors WHERE deleted_at IS NULL AND tenant_id = ?"
    row = db.one(sql, (tenant,))
    return int(row[0]) if row else 0


def catalog_entry(db: Database, tenant: str, key: str) -> dict[str, Any] | None:
    """Return a type's row with its JSON parsed, None for an unknown key; a tenant's own first."""
    schemas = (("default_config_schema", JSON), ("auth_schema", JSON))
    columns = (*CATALOG, *schemas, ("oauth", JSON), ("probe", JSON))
    names = ", ".join(_beyond("catalog_entries", name) or name for name, _ in columns)
    own = "(tenant_id IS NULL OR tenant_id = ?) ORDER BY tenant_id IS NULL LIMIT 1"
    row = db.one(f"SELECT {names} FROM catalog_entries WHERE key = ? AND {own}", (key, tenant))
    return only_row(Rows("catalog", columns, iter((row,)))) if row else None


def names_with_prefix(db: Database, tenant: str, prefix: str, view: str) -> list[str]:
    """Return up to 200 names of a tenant's connectors that start with `prefix`, for completion."""
    if not tenant_exists(db, tenant):
        return []
    sql = (
        f"SELECT name FROM {view} WHERE tenant_id = ? AND name >= ? AND name < ?"
        " ORDER BY name LIMIT 200"
    )
    return [row[0] for row in db.rows(sql, (tenant, prefix, prefix + "\U0010ffff"))]


def no_connector(name: str, known: Iterable[str] = ()) -> NotFound:
    """Return the error for an unknown connector; it suggests the nearest of the known names."""
    from difflib import get_close_matches

    folded = {other.casefold(): other for other in known}
    nearest = [folded[n] for n in get_close_matches(name[:100].casefold(), folded, n=1)]
    meant = f"did you mean {shell_quoted(nearest[0])}? " if nearest else ""
    return NotFound(
        f"no connector {name[:100]!r}", hint=f"{meant}list the connectors: connectors list"
    )


def some_names(db: Database, tenant: str) -> list[str]:
    """Return up to 1,000 names of a tenant's connectors, to find similar ones."""
    sql = "SELECT name FROM installed_connectors WHERE tenant_id = ? LIMIT 1000"
    return [name for (name,) in db.rows(sql, (tenant,)) if isinstance(name, str)]


def _connectors(
    db: Database,
    view: str,
    wanted: tuple[Tenants, tuple[Column, ...], str | None, int | None],
    filters: dict[str, str | None],
) -> Rows:
    tenant, columns, sort_by, limit = wanted
    _check_tenant(db, tenant)
    kind = "matching" if any(filters.values()) else _KINDS[view]
    order = _order(db.dialect, view, sort_by, tenant)
    words = filters.pop("search", None)
    selected = _selected(db.dialect, view, columns)
    if words:
        from connectors_cli.store.read import search

        selected += f", {search.TEXT_OF[db.dialect]}"
        rows = _select(db, view, selected, filters, order, tenant)
        found = search.matching(rows, words, limit)
        return Rows(kind, columns, _completed(db, columns, found))
    order += f" LIMIT {limit:d}" if limit is not None else ""
    rows = _select(db, view, selected, filters, order, tenant)
    if db.dialect == "postgresql":
        return Rows(kind, columns, _completed(db, columns, rows))
    objects = _select(db, view, _object(view, columns), filters, order, tenant)
    return Rows(kind, columns, rows, objects=objects)


def _check_tenant(db: Database, tenant: Tenants) -> None:
    """Raise NoTenant for a tenant of others; several are those that `list_tenants` returned."""
    if isinstance(tenant, str):
        check_tenant_exists(db, tenant)


def _of_tenants(tenant: Tenants) -> tuple[str, tuple[str, ...]]:
    """Return SQL for rows of a tenant, or of several, and its parameters."""
    if isinstance(tenant, str):
        return "tenant_id = ?", (tenant,)
    return f"tenant_id IN (NULL{', ?' * len(tenant)})", tuple(tenant)


def _order(dialect: str, view: str, sort_by: str | None, tenant: Tenants) -> str:
    """Return SQL for the order of connectors: rows without a value are last, equal ones by name."""
    text, several = byte_order(dialect, "name"), not isinstance(tenant, str)
    usual = f"{byte_order(dialect, 'tenant_id')}, {text}" if several else text
    if sort_by is None:
        return usual
    kind = "removed" if view == "removed_connectors" else "connector"
    (name, type_), descending = sorting_column(kind, sort_by)
    value = (_beyond(view, name) or name) if dialect == "postgresql" else _column(view, name, type_)
    sorted_value = byte_order(dialect, value) if type_ in {TEXT, JSON} else value
    return f"{value} IS NULL, {sorted_value}{' DESC' * descending}, {usual}"


def _object(view: str, columns: tuple[Column, ...]) -> str:
    """Return SQL for a row as a JSON object, which costs half of building it in Python."""
    names = ", ".join(f'"{name}": %s' for name, _ in columns)
    values = ", ".join(_json_value(_column(view, *column), column[1]) for column in columns)
    return f"printf('{{{names}}}', {values})"


def _json_value(expression: str, kind: str) -> str:
    if kind == "text":
        return f"json_quote({expression})"
    if kind == "bool":
        truth = f"CASE WHEN {expression} THEN 'true' WHEN NOT {expression} THEN 'false' END"
        return f"COALESCE({truth}, 'null')"
    return f"COALESCE({expression}, 'null')"


def _select(
    db: Database,
    view: str,
    names: str,
    filters: dict[str, str | None],
    order: str,
    tenant: Tenants,
) -> Iterator[Row]:
    where, parameters = _where(db, view, filters)
    own, tenants = _of_tenants(tenant)
    if view == "catalog_entries":  # the built-in types, and the tenant's own
        # The unary plus keeps SQLite from using the index on it and sorting every row.
        column = "+tenant_id" if db.dialect == "sqlite" else "tenant_id"
        own = f"({column} = ? OR tenant_id IS NULL)"
    where += _readable(db.dialect, view)
    parameters = [*tenants, *parameters]
    return db.rows(_query(db, names, view, f"{own}{where} ORDER BY {order}"), parameters)


def _query(db: Database, names: str, view: str, rest: str) -> str:
    """Return a SELECT from a view, joined to the connectors' own rows if it needs them."""
    if db.dialect == "sqlite" and "with_defaults(" in names + rest:
        from connectors_cli.store.read.defaults import Defaults  # not for names alone

        db.connection.create_function("with_defaults", 2, Defaults(db).add_to)
    needed = db.dialect == "sqlite" and "own_" in names + rest
    return f"SELECT {names} FROM {view}{_OWN_ROW * needed} WHERE {rest}"


def _completed(db: Database, columns: tuple[Column, ...], rows: Iterator[Row]) -> Iterator[Row]:
    """Return a server's rows with the defaults in their settings, without the type at their end."""
    if db.dialect == "sqlite" or ("config", JSON) not in columns:
        return rows
    from connectors_cli.store.read.defaults import Defaults

    defaults, place = Defaults(db), columns.index(("config", JSON))
    return (
        (*row[:place], defaults.add_to(row[-1], row[place]) or row[place], *row[place + 1 : -1])
        for row in rows
    )


def _where(db: Database, view: str, filters: dict[str, str | None]) -> tuple[str, list[str]]:
    status = f"{_status(db.dialect, view)} = ?"
    known = {"status": status} | _FILTERS | _PREDICATES[db.dialect]
    given = {key: value for key, value in filters.items() if value is not None}
    clauses = "".join(f" AND {known[key]}" for key in given)
    return clauses, [
        value.replace('"', "") if key == "capability" else composed(value)
        for key, value in given.items()
    ]


def _selected(dialect: str, view: str, columns: tuple[Column, ...]) -> str:
    """Return SQL for the columns of a view, in which damaged JSON makes a connector unreadable."""
    names = ", ".join(_named_column(dialect, view, *column) for column in columns)
    if dialect == "sqlite" or view not in _OF_CONNECTORS or ("config", JSON) not in columns:
        return names
    return f"{names}, {_SERVER_TYPE.format(view=view)}"  # see `_completed`


def _named_column(dialect: str, view: str, name: str, kind: str) -> str:
    is_own = _beyond(view, name) is None
    if is_own and dialect == "postgresql":
        return name
    expression = _column(view, name, kind)
    has_name = is_own and not (view in _OF_CONNECTORS and name in _INSTEAD)
    # Without an alias where it has a name, so that the rows are sorted by the column's index.
    return expression if has_name else f"{expression} AS {name}"


def _beyond(view: str, name: str) -> str | None:
    """Return SQL for a column that a view lacks, None for its own."""
    if view in _OF_CONNECTORS and name in _BEYOND:
        return _BEYOND[name].format(view=view)
    return _TYPE_ID if view == "catalog_entries" and name == "id" else None


def _column(view: str, name: str, kind: str) -> str:
    if beyond := _beyond(view, name):
        return beyond
    if view in _OF_CONNECTORS and name in _INSTEAD:
        return _INSTEAD[name]
    if kind == "json":
        begin = "[" if name == "tags" else "{"
        return f"CASE WHEN json_valid({name}) AND substr({name}, 1, 1) = '{begin}' THEN {name} END"
    return f"CAST({name} AS TEXT)" if kind == "text" else name


def _status(dialect: str, view: str) -> str:
    """Return SQL for the status of a view's connectors."""
    return "status" if dialect == "postgresql" or view not in _OF_CONNECTORS else _STATUS


def _readable(dialect: str, view: str) -> str:
    """Return SQL for a condition that excludes unreadable targets."""
    if dialect == "postgresql" or view != "publish_targets":
        return ""
    return f" AND {_READABLE}"
