"""The read side of the log: its events, its chain and its sums, through the bare driver."""

from __future__ import annotations

from connectors_cli.chain import HASHED, Head
from connectors_cli.dialects import as_rfc3339, as_text
from connectors_cli.membership import check_tenant_exists
from connectors_cli.rows import Rows

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from connectors_cli.database import Database, Row
    from connectors_cli.rows import Column

_COLUMNS = {
    "sqlite": {"details": "CASE WHEN json_valid(details) THEN details END"},
    "postgresql": {
        "at": as_rfc3339("postgresql", "at"),
        "details": as_text("postgresql", "details"),
    },
}

_MOST = 2**63 - 1  # what a database takes for a number


class Wanted:
    """Which events: of a connector, from and until a moment, by whom, what, and how it went.

    `since` and `until` are RFC 3339 in UTC with microseconds; `action` may be the first part of
    several (`key`), `outcome` also `failed`: all but ok.
    """

    __slots__ = ("action", "actor", "name", "outcome", "since", "until")

    def __init__(
        self,
        *,
        name: str | None = None,
        since: str | None = None,
        until: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
    ) -> None:
        self.name = name
        self.since = since
        self.until = until
        self.actor = actor
        self.action = action
        self.outcome = outcome


def list_events(
    db: Database,
    tenant: str,
    columns: tuple[Column, ...],
    wanted: Wanted,
    last: int | None = None,
) -> Rows:
    """Stream a tenant's events, the oldest first; with `last`, only so many of the newest."""
    check_tenant_exists(db, tenant)
    where, parameters = condition(db, tenant, wanted)
    if last is not None:
        newest = f"SELECT id FROM events WHERE {where} ORDER BY at DESC, id DESC LIMIT ?"
        where, parameters = f"id IN ({newest})", [*parameters, min(last, _MOST)]
    known = _COLUMNS[db.dialect]
    names = ", ".join(known.get(name, name) for name, _ in columns)
    sql = f"SELECT {names} FROM events WHERE {where} ORDER BY events.at, id"
    return Rows("event", columns, db.rows(sql, parameters))


def condition(db: Database, tenant: str, wanted: Wanted) -> tuple[str, list[Any]]:
    """Return the condition that the wanted events meet, and its parameters."""
    found: list[tuple[str, Sequence[Any]]] = [("tenant_id = ?", (tenant,))]
    moment = "?::timestamptz" if db.dialect == "postgresql" else "?"
    if wanted.since is not None:
        found.append((f"events.at >= {moment}", (wanted.since,)))
    if wanted.until is not None:
        found.append((f"events.at < {moment}", (wanted.until,)))
    if wanted.actor is not None:
        found.append(("(principal = ? OR email = ?)", (wanted.actor, wanted.actor)))
    if wanted.action is not None:
        prefix = wanted.action + "."
        by_part = f"substr(action, 1, {len(prefix)}) = ?"
        found.append((f"(action = ? OR {by_part})", (wanted.action, prefix)))
    if wanted.outcome is not None:
        failed = wanted.outcome == "failed"
        found.append(("outcome <> 'ok'", ()) if failed else ("outcome = ?", (wanted.outcome,)))
    if wanted.name is not None:
        found.append(_about(db, tenant, wanted.name))
    return " AND ".join(part for part, _ in found), [each for _, some in found for each in some]


def tells_of(db: Database, tenant: str, name: str) -> bool:
    """Tell whether any event is about a connector that ever had this name, or has this id."""
    where, parameters = condition(db, tenant, Wanted(name=name))
    return db.one(f"SELECT 1 FROM events WHERE {where} LIMIT 1", parameters) is not None


def in_details(db: Database, name: str, table: str = "") -> str:
    """Return SQL for one text of an event's details."""
    if db.dialect == "postgresql":
        return f"{table}details->>'{name}'"
    return f"CASE WHEN json_valid({table}details) THEN json_extract({table}details, '$.{name}') END"


def _about(db: Database, tenant: str, name: str) -> tuple[str, list[str]]:
    """Return what finds all events of the connectors that ever had a name, or have this id."""
    row_id = in_details(db, "id")
    sql = (
        "SELECT id FROM connectors WHERE tenant_id = ? AND (name = ? OR id = ?)"
        f" UNION SELECT {row_id} FROM events WHERE tenant_id = ? AND subject = ?"
    )
    rows = db.rows(sql, (tenant, name, name, tenant, name))
    known = [name, *sorted({row[0] for row in rows if isinstance(row[0], str)} - {name})]
    marks = ", ".join("?" * len(known))
    return f"(subject IN ({marks}) OR {row_id} IN ({marks}))", known * 2


def chained(db: Database, tenant: str) -> Iterator[Row]:
    """Stream a tenant's chain: id, hash before, hash, seal, and then what the hash is over."""
    homes = {"at": as_rfc3339(db.dialect, "at"), "details": as_text(db.dialect, "details")}
    hashed = ", ".join(homes.get(name, name) for name in HASHED)
    # The plus keeps SQLite from sorting by id what it finds by the index on tenant and time.
    tenant_is = "+tenant_id = ?" if db.dialect == "sqlite" else "tenant_id = ?"
    sql = (
        f"SELECT id, previous_hash, hash, seal, {hashed} FROM events WHERE {tenant_is} ORDER BY id"
    )
    return db.rows(sql, (tenant,))


def put_back(db: Database, tenant: str) -> Iterator[Row]:
    """Stream the connectors that are older than the log tells: name, version, version told."""
    row_id, version = in_details(db, "id"), in_details(db, "version", "events.")
    sql = (
        f"SELECT c.name, c.version, {version} FROM"
        f" (SELECT {row_id} AS row_id, MAX(events.id) AS event_id FROM events"
        f" WHERE tenant_id = ? AND {version} IS NOT NULL GROUP BY 1) AS newest"
        " JOIN events ON events.id = newest.event_id"
        " JOIN connectors c ON c.id = newest.row_id AND c.tenant_id = ?"
        f" WHERE c.version < CAST({version} AS INTEGER) ORDER BY c.name"
    )
    return db.rows(sql, (tenant, tenant))


def head(db: Database, tenant: str) -> Head | None:
    """Return where a log ends, and up to where it is sealed; None where nothing tells."""
    sql = (
        "SELECT entries, hash, sealed_entries, sealed_hash, seal, seal_key_id FROM log_heads"
        " WHERE tenant_id = ?"
    )
    row = db.one(sql, (tenant,))
    return Head(row[0], row[1], (row[2], row[3]), (row[4], row[5])) if row else None


def entry_with_hash(db: Database, tenant: str, found: str) -> int | None:
    """Return the id of the entry with a hash."""
    row = db.one("SELECT id FROM events WHERE tenant_id = ? AND hash = ?", (tenant, found))
    return row[0] if row else None


def entry_after(db: Database, tenant: str, entry_id: int) -> tuple[int, str]:
    """Return the id and time of the entry that stands after another one."""
    at = as_rfc3339(db.dialect, "at")
    sql = f"SELECT id, {at} FROM events WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT 1"
    row = db.one(sql, (tenant, entry_id))
    return (row[0], row[1]) if row else (entry_id, "")
