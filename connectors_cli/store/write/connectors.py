"""Rows of connectors for a change: read under the write lock, inserted, updated and deleted."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from connectors_cli.store.read.database import Database, as_rfc3339, as_text
from connectors_cli.store.read.faults import damaged
from connectors_cli.store.write import statements
from connectors_cli.store.write.rows import execute
from connectors_cli.store.write.transaction import Transaction
from connectors_cli.system.record import Record, names_of

_JSON = frozenset({"config", "auth", "auth_fingerprints", "tags", "last_check"})
_AUTHOR = ("by_email", "by_name", "at")


class ConnectorHead(Record, frozen=False):
    """A connector without its JSON, which can be damaged."""

    id: str
    tenant_id: str
    catalog_id: str
    name: str
    status: str
    version: int
    folded: str | None
    lookalike: str | None


class ConnectorRow(ConnectorHead, frozen=False):
    """A connector's row; a change assigns new values, and `save` writes them."""

    config: dict[str, Any]
    auth: dict[str, str]
    auth_fingerprints: dict[str, str]
    key_id: str
    tags: list[str]
    last_check: dict[str, Any] | None
    auth_expires_at: str | None
    updated_by_email: str
    updated_by_name: str
    updated_at: str


def live_row(db: Database, tenant: str, column: str, value: str) -> ConnectorRow | None:
    """Return the installed connector with this name or id, locked; Damaged for invalid JSON."""
    where = f"tenant_id = ? AND deleted_at IS NULL AND {column} = ?"
    found = db.one(_select(db, ConnectorRow, where), (tenant, value))
    return ConnectorRow(*_parsed(db, found)) if found else None


def live_head(db: Database, tenant: str, column: str, value: str) -> ConnectorHead | None:
    """Return the installed connector with this name or id, locked, without its JSON."""
    where = f"tenant_id = ? AND deleted_at IS NULL AND {column} = ?"
    found = db.one(_select(db, ConnectorHead, where), (tenant, value))
    return ConnectorHead(*found) if found else None


def removed_heads(db: Database, tenant: str, column: str, value: str) -> list[ConnectorHead]:
    """Return the removed connectors with this name or id, the last removed first."""
    where = f"tenant_id = ? AND deleted_at IS NOT NULL AND {column} = ? ORDER BY deleted_at DESC"
    rows = db.rows(_select(db, ConnectorHead, where), (tenant, value))
    return [ConnectorHead(*row) for row in rows]


def look_alikes(db: Database, tenant: str, keys: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield key, name and id of the installed connectors with one of these keys of a look."""
    marks = ", ".join("?" * len(keys))
    for column in ("folded", "lookalike"):  # each has its own index
        sql = (
            f"SELECT {column}, name, id FROM connectors"
            f" WHERE tenant_id = ? AND deleted_at IS NULL AND {column} IN ({marks})"
        )
        yield from db.rows(sql, (tenant, *keys))


def add(db: Transaction, row: ConnectorRow) -> None:
    """Insert a new connector, created by who updated it; it is sealed before the commit."""
    made = {f"created_{name}": getattr(row, f"updated_{name}") for name in _AUTHOR}
    execute(db, statements.INSERT_CONNECTOR, {**_columns(row), **made, "auth_mac": ""})
    db.written.add(row.id)


def save(db: Transaction, row: ConnectorRow) -> None:
    """Write a changed connector; it is sealed before the commit."""
    execute(db, statements.EDIT_CONNECTOR, _columns(row))
    db.written.add(row.id)


def save_status(db: Transaction, row: ConnectorRow) -> None:
    """Write a connector's status, version and author alone; its seal stays as it is."""
    execute(db, statements.TURN_CONNECTOR, _columns(row))
    db.unsealed.add(row.id)


def remove(db: Transaction, head: ConnectorHead, email: str, person: str, *, seal: bool) -> None:
    """Remove a connector so that it can be restored; with `seal` it is sealed before the commit."""
    gone = {"deleted_by_email": email, "deleted_by_name": person, "deleted_at": db.now()}
    execute(db, statements.REMOVE_CONNECTOR, {**_columns(head), **gone})
    (db.written if seal else db.unsealed).add(head.id)


def restore(db: Transaction, head: ConnectorHead, email: str, person: str) -> None:
    """Restore a removed connector under the name it now has; it is sealed before the commit."""
    touched = {"updated_by_email": email, "updated_by_name": person, "updated_at": db.now()}
    execute(db, statements.RESTORE_CONNECTOR, {**_columns(head), **touched})
    db.written.add(head.id)


def delete(db: Transaction, head: ConnectorHead) -> None:
    """Delete a connector permanently."""
    execute(db, statements.DELETE_CONNECTOR, _columns(head))


def _select(db: Database, kind: type[ConnectorHead], where: str) -> str:
    columns = ", ".join(_column(db, name) for name in names_of(kind))
    lock = " FOR UPDATE" if db.dialect == "postgresql" else ""  # SQLite has one writer at a time
    return f"SELECT {columns} FROM connectors WHERE {where}{lock}"


def _column(db: Database, name: str) -> str:
    if name in _JSON:
        return as_text(db.dialect, name)
    return as_rfc3339(db.dialect, name) if name.endswith("_at") else name


def _parsed(db: Database, row: tuple[Any, ...]) -> Iterator[Any]:
    """Yield a row's values with its JSON parsed; raises Damaged."""
    for name, value in zip(names_of(ConnectorRow), row, strict=True):
        try:
            yield json.loads(value) if name in _JSON and value is not None else value
        except (TypeError, ValueError, RecursionError):
            raise damaged(db.place) from None


def _columns(row: ConnectorHead) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names_of(type(row))}
