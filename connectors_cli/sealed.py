"""Connectors as they are sealed: what opening their credentials needs."""

from __future__ import annotations

from connectors_cli.dialects import as_rfc3339, as_text, in_bytes
from connectors_cli.errors import Tampered
from connectors_cli.membership import check_tenant_exists
from connectors_cli.reader import no_connector, some_names

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from connectors_cli.database import Database, Row

_SEALED = (
    *("id", "tenant_id", "catalog_key", "source", "digest", "name", "config", "auth", "auth_mac"),
    *("key_id", "status", "tags", "auth_expires_at"),
)
_KINDS = {
    "id": str,
    "name": str,
    "status": str,
    "key_id": str,
    "auth_expires_at": str | None,
    "config": dict,
    "auth": dict,
    "tags": list,
}


def sealed_connector(db: Database, tenant: str, name: str) -> dict[str, Any]:
    """Return what is needed to open one connector's credentials; Tampered if that is no JSON."""
    check_tenant_exists(db, tenant)
    select = _select(db)
    for key in ("name", "id"):
        if row := db.one(f"{select} AND c.tenant_id = ? AND c.{key} = ?", (tenant, name)):
            return _with_parsed(row)
    raise no_connector(name, some_names(db, tenant))


def sealed_connectors(
    db: Database, tenant: str, names: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Stream what is needed to open connectors' credentials, all of a tenant's without names."""
    for name in names:
        yield sealed_connector(db, tenant, name)
    if not names:
        check_tenant_exists(db, tenant)
        rows = db.rows(f"{_select(db)} AND {_in_order(db, 'c.')}", (tenant,))
        yield from (_with_parsed(row) for row in rows)


def sealed_rows(
    db: Database, tenant: str, *, removed: bool = False
) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Stream each connector's name with what opens it; None where that cannot be read."""
    sql = _select(db)
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
    head = (
        "SELECT CAST(name AS TEXT), CAST(id AS TEXT) FROM connectors WHERE deleted_at IS NULL AND "
    )
    for name in names:
        yield from db.rows(f"{head}tenant_id = ? AND name = ?", (tenant, name))
    if not names:
        yield from db.rows(head + _in_order(db), (tenant,))


def unreadable(name: object) -> Tampered:
    """Return the error for a connector whose row cannot be read."""
    return Tampered(
        f"connector {name!r} is not used: it was changed outside connectors",
        hint=f"the others work; `connectors credentials reset {name!r}` keeps what it can,"
        " or put a backup in the store's place",
    )


def _select(db: Database) -> str:
    config, auth, tags = (as_text(db.dialect, f"c.{name}") for name in ("config", "auth", "tags"))
    return (
        f"SELECT c.id, c.tenant_id, t.key, t.source, t.digest, c.name, {config}, {auth},"
        f" c.auth_mac, c.key_id, c.status, {tags}, {as_rfc3339(db.dialect, 'c.auth_expires_at')}"
        " FROM connectors c JOIN connector_catalog t ON c.catalog_id = t.id"
        " WHERE c.deleted_at IS NULL"
    )


def _in_order(db: Database, table: str = "") -> str:
    """Return the condition and order that stream a tenant's rows by name, without a sort."""
    plus = "+" if db.dialect == "sqlite" else ""  # as in reader.py
    return f"{plus}{table}tenant_id = ? ORDER BY {in_bytes(db.dialect, f'{table}name')}"


def _with_parsed(row: Row) -> dict[str, Any]:
    import json

    sealed = dict(zip(_SEALED, row, strict=True))
    try:
        for name in ("config", "auth", "tags"):
            sealed[name] = json.loads(sealed[name])
    except (ValueError, TypeError, RecursionError):
        sealed["auth"] = None
    if not all(isinstance(sealed[name], kind) for name, kind in _KINDS.items()):
        raise unreadable(sealed["name"])
    return sealed
