"""Connectors with their sealed credentials, and what opening them needs."""

from __future__ import annotations

from json import loads

from connectors_cli.errors import Damaged, Tampered
from connectors_cli.store.read.connectors import no_connector, some_names
from connectors_cli.store.read.database import as_rfc3339, as_text, byte_order
from connectors_cli.store.read.faults import RESTORE
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.system.text import command_line, composed

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from connectors_cli.store.read.database import Database, Row

_SEALED = (
    *("id", "tenant_id", "catalog_id", "catalog_key", "name", "config", "auth", "auth_mac"),
    *("key_id", "status", "tags", "auth_expires_at", "auth_fingerprints", "version"),
    *("deleted_at", "revision", "logged_revision"),
)
_JSON = ("config", "auth", "tags", "auth_fingerprints")
LOGGED_REVISION = (
    "(SELECT e.revision FROM events e WHERE e.connector_id = c.id AND e.tenant_id = c.tenant_id"
    " AND e.revision IS NOT NULL ORDER BY e.id DESC LIMIT 1)"
)
"""The SQL expression for the revision that the log has last of a row of connectors, named c."""
_TYPE = {
    **dict.fromkeys(("key", "name", "description", "category", "icon", "auth_type"), False),
    **dict.fromkeys(("capabilities", "default_config_schema", "auth_schema"), True),
    **dict.fromkeys(("oauth", "probe"), True),
    **dict.fromkeys(("lifecycle", "notice"), False),
}
"""The columns of a type that its digest covers, and whether each is JSON."""
_KINDS = {
    "id": str,
    "name": str,
    "status": str,
    "key_id": str,
    "auth_expires_at": str | None,
    "config": dict,
    "auth": dict,
    "tags": list,
    "auth_fingerprints": dict,
    "version": int,
}


def sealed_connector(db: Database, tenant: str, name: str) -> dict[str, Any]:
    """Return one connector with its sealed credentials; raises NotFound, Tampered if damaged."""
    check_tenant_exists(db, tenant)
    name, select = composed(name), _select(db)
    for key in ("name", "id"):
        if row := db.one(f"{select} AND c.tenant_id = ? AND c.{key} = ?", (tenant, name)):
            return _with_parsed(row)
    raise no_connector(name, some_names(db, tenant))


def sealed_connectors(
    db: Database, tenant: str, names: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Yield connectors with their sealed credentials: those of `names`, else all of a tenant."""
    for name in names:
        yield sealed_connector(db, tenant, name)
    if not names:
        check_tenant_exists(db, tenant)
        rows = db.rows(f"{_select(db)} AND {_in_order(db, 'c.')}", (tenant,))
        yield from (_with_parsed(row) for row in rows)


def sealed_rows(
    db: Database, tenant: str, *, removed: bool = False
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Yield each connector's name and its sealed row, None for a row that cannot be read."""
    sql = _select(db)
    if removed:
        sql = sql.replace("deleted_at IS NULL", "deleted_at IS NOT NULL")
    for row in db.rows(f"{sql} AND {_in_order(db, 'c.')}", (tenant,)):
        try:
            yield str(row[4]), _with_parsed(row)
        except Tampered:
            yield str(row[4]), None


def stored_connectors(db: Database, tenant: str, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return a tenant's connectors by id, removed ones too, as they are now in the transaction.

    A row whose JSON cannot be read has its texts there.
    """
    if not ids:
        return {}
    marks = ", ".join("?" * len(ids))
    sql = _select(db).replace("c.deleted_at IS NULL", f"c.tenant_id = ? AND c.id IN ({marks})")
    return {str(row[0]): _parsed(row) for row in db.rows(sql, (tenant, *ids))}


def live_id(db: Database, tenant: str, column: str, value: str) -> str | None:
    """Return the id of the connector with this name or id that was not removed."""
    sql = f"SELECT id FROM connectors WHERE tenant_id = ? AND deleted_at IS NULL AND {column} = ?"
    found = db.one(sql, (tenant, composed(value)))
    return str(found[0]) if found else None


def older_seals(db: Database, tenant: str, limit: int) -> list[str]:
    """Return the ids of a tenant's connectors that an older program sealed, at most `limit`."""
    # The plus keeps SQLite from the tenant's other indexes: that of older rows is nearly empty.
    own = "+tenant_id" if db.dialect == "sqlite" else "tenant_id"
    sql = f"SELECT id FROM connectors WHERE {own} = ? AND revision IS NULL LIMIT ?"
    return [str(row_id) for (row_id,) in db.rows(sql, (tenant, limit))]


def stored_block(
    db: Database, tenant: str, after: Any, limit: int, condition: tuple[str, Sequence[Any]]
) -> list[tuple[Any, ...]]:
    """Return the cursor and the row of the next connectors of a tenant, removed ones too.

    The condition has its values with it; in it `{cursor}` is the column of the order.
    """
    cursor = table_order(db, "c.")
    wanted, values = condition[0].format(cursor=cursor), condition[1]
    where = f"c.tenant_id = ? AND {cursor} > ? AND {wanted} ORDER BY {cursor} LIMIT {limit}"
    sql = (
        _select(db)
        .replace("c.deleted_at IS NULL", where)
        .replace("SELECT ", f"SELECT {cursor}, ", 1)
    )
    return [(row[0], _parsed(row[1:])) for row in db.rows(sql, (tenant, after, *values))]


def table_order(db: Database, table: str) -> str:
    """Return the column by which the rows of a table are read in blocks."""
    return f"{table}rowid" if db.dialect == "sqlite" else f"{table}id"


def installed_fields(
    db: Database, tenant: str, names: Sequence[str] = ()
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, id and the fields of the credentials of connectors, which are not opened.

    They are those in `names`, else all of a tenant in order. A damaged row has no fields.
    """
    head = (
        "SELECT CAST(name AS TEXT), CAST(id AS TEXT), CAST(auth AS TEXT) FROM connectors"
        " WHERE deleted_at IS NULL AND "
    )
    for name in names:
        yield from map(
            _with_fields, db.rows(f"{head}tenant_id = ? AND name = ?", (tenant, composed(name)))
        )
    if not names:
        yield from map(_with_fields, db.rows(head + _in_order(db), (tenant,)))


def _with_fields(row: Row) -> tuple[str, str, list[str]]:
    name, row_id, auth = row
    try:
        found = loads(auth)
    except ValueError:
        found = None
    return name, row_id, sorted(found) if isinstance(found, dict) else []


def live_looks(db: Database, tenant: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield name, `folded` and `lookalike` of a tenant's connectors that were not removed."""
    sql = (
        "SELECT CAST(name AS TEXT), folded, lookalike FROM connectors"
        f" WHERE deleted_at IS NULL AND {_in_order(db)}"
    )
    return db.rows(sql, (tenant,))


def type_of(db: Database, type_id: object) -> tuple[str, str] | None:
    """Return a type's key and source (builtin or custom) by its id; None for an unknown id."""
    row = db.one("SELECT key, source FROM connector_catalog WHERE id = ?", (type_id,))
    return (str(row[0]), str(row[1])) if row else None


def type_content(db: Database, type_id: object) -> dict[str, Any] | None:
    """Return the fields that a type's digest covers, JSON parsed; None if they cannot be read."""
    names = (as_text(db.dialect, name) if is_json else name for name, is_json in _TYPE.items())
    sql = f"SELECT {', '.join(names)} FROM connector_catalog WHERE id = ?"
    try:
        row = db.one(sql, (type_id,)) or ()
        return {
            name: loads(value) if is_json and value is not None else value
            for (name, is_json), value in zip(_TYPE.items(), row, strict=True)
        }
    except (Damaged, ValueError, TypeError, RecursionError):
        return None


def unreadable(name: object) -> Tampered:
    """Return the error for a connector whose row cannot be read."""
    return Tampered(
        f"connector {name!r} cannot be used: it was changed outside connectors",
        hint=f"to keep what can be kept: {command_line('credentials', 'reset', name)};"
        f" or restore a backup: {RESTORE}",
    )


def _select(db: Database) -> str:
    """Return the SELECT of `_SEALED` for rows that were not removed."""
    texts = {name: as_text(db.dialect, f"c.{name}") for name in _JSON}
    times = {
        name: as_rfc3339(db.dialect, f"c.{name}") for name in ("auth_expires_at", "deleted_at")
    }
    special = {**texts, **times, "catalog_key": "t.key", "logged_revision": LOGGED_REVISION}
    columns = ", ".join(special.get(name, f"c.{name}") for name in _SEALED)
    return (
        f"SELECT {columns} FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.deleted_at IS NULL"
    )


def _in_order(db: Database, table: str = "") -> str:
    """Return the condition and order that yield a tenant's rows by name without sorting."""
    return f"{table}tenant_id = ? ORDER BY {byte_order(db.dialect, f'{table}name')}"


def _with_parsed(row: Row) -> dict[str, Any]:
    """Return a row by column, its JSON parsed; Tampered for what cannot be one of ours."""
    sealed = _parsed(row)
    if not all(isinstance(sealed[name], kind) for name, kind in _KINDS.items()):
        raise unreadable(sealed["name"])
    return sealed


def _parsed(row: Row) -> dict[str, Any]:
    """Return a row by column, its JSON parsed and its JSON's `texts`; invalid JSON stays text."""
    sealed = dict(zip(_SEALED, row, strict=True))
    sealed["texts"] = {name: sealed[name] for name in _JSON}
    for name in _JSON:
        try:
            sealed[name] = loads(sealed[name])
        except (ValueError, TypeError, RecursionError):
            continue
    return sealed
