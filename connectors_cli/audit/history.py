"""Queries on the audit log with the bare database driver: events, hash chain and head."""

from __future__ import annotations

from connectors_cli.store.read.database import as_rfc3339, as_text
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.rows import Rows
from connectors_cli.store.read.sealed import LOGGED_REVISION
from connectors_cli.vault.log_seals import HASHED, Head

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from connectors_cli.store.read.database import Database, Row
    from connectors_cli.store.read.rows import Column

_COLUMNS = {
    "sqlite": {"details": "CASE WHEN json_valid(details) THEN details END"},
    "postgresql": {
        "at": as_rfc3339("postgresql", "at"),
        "details": as_text("postgresql", "details"),
    },
}

_SETTING = (
    *("connector.install", "connector.update", "connector.login", "connector.refresh"),
    *("connector.import", "connector.apply", "connector.reset"),
)
"""The actions that set a connector's values."""
_MOST = 2**63 - 1  # the largest integer that the databases accept


class EventFilter:
    """The events to select: by connector name, time, actor, action and outcome; None selects all.

    `since` (inclusive) and `until` (exclusive) are RFC 3339 in UTC with microseconds. `action` is
    an action or its first part (`key`). The outcome `failed` means every outcome except `ok`.
    `text` occurs in the action, the subject or the actor, in upper or lower case.
    """

    __slots__ = ("action", "actor", "name", "outcome", "since", "text", "until")

    def __init__(  # noqa: PLR0913 - as many as there are filters
        self,
        *,
        name: str | None = None,
        since: str | None = None,
        until: str | None = None,
        actor: str | None = None,
        action: str | None = None,
        outcome: str | None = None,
        text: str | None = None,
    ) -> None:
        self.name = name
        self.since = since
        self.until = until
        self.actor = actor
        self.action = action
        self.outcome = outcome
        self.text = text


def list_events(
    db: Database,
    tenant: str,
    columns: tuple[Column, ...],
    wanted: EventFilter,
    last: int | None = None,
) -> Rows:
    """Return a tenant's events in the order of the chain; with `last`, only the last ones.

    The order is not that of their times, which come from the clocks of those who wrote them.
    """
    check_tenant_exists(db, tenant)
    where, parameters = condition(db, tenant, wanted)
    if last is not None:
        newest = f"SELECT id FROM events WHERE {where} ORDER BY id DESC LIMIT ?"
        where, parameters = f"id IN ({newest})", [*parameters, min(last, _MOST)]
    known = _COLUMNS[db.dialect]
    names = ", ".join(known.get(name, name) for name, _ in columns)
    sql = f"SELECT {names} FROM events WHERE {where} ORDER BY id"
    return Rows("event", columns, db.rows(sql, parameters))


def newest_ids(
    db: Database, tenant: str, wanted: EventFilter, count: int, before: int | None = None
) -> list[int]:
    """Return the ids of a tenant's newest events, newest first; only those `before` an id."""
    where, parameters = condition(db, tenant, wanted)
    if before is not None:
        where, parameters = f"{where} AND events.id < ?", [*parameters, before]
    sql = f"SELECT id FROM events WHERE {where} ORDER BY id DESC LIMIT ?"
    return [int(found) for (found,) in db.rows(sql, (*parameters, count))]


def events_with_ids(
    db: Database, tenant: str, columns: tuple[Column, ...], ids: Sequence[int]
) -> Rows:
    """Return a tenant's events with these ids, newest first."""
    known = _COLUMNS[db.dialect]
    names, marks = ", ".join(known.get(n, n) for n, _ in columns), ", ".join("?" * len(ids))
    sql = f"SELECT {names} FROM events WHERE tenant_id = ? AND id IN ({marks}) ORDER BY id DESC"
    return Rows("event", columns, db.rows(sql, (tenant, *ids)))


def set_since(db: Database, tenant: str, connector_id: str) -> dict[str, str]:
    """Return when each field of a connector was last set, as the log says.

    The key "" is for all other fields: when the connector came into the store.
    """
    import json  # a list of events never parses them

    at, details = as_rfc3339(db.dialect, "at"), as_text(db.dialect, "details")
    marks = ", ".join("?" * len(_SETTING))
    sql = (
        f"SELECT {at}, {details} FROM events WHERE tenant_id = ? AND connector_id = ?"
        f" AND outcome = 'ok' AND action IN ({marks}) ORDER BY id DESC"
    )
    found: dict[str, str] = {}
    for moment, text in db.rows(sql, (tenant, connector_id, *_SETTING)):
        known = json.loads(text or "{}")
        for field in known.get("fields") or ("",):
            found.setdefault(str(field), str(moment))
    return found


def condition(db: Database, tenant: str, wanted: EventFilter) -> tuple[str, list[Any]]:
    """Return the SQL condition for the selected events, and its parameters."""
    found: list[tuple[str, Sequence[Any]]] = [("tenant_id = ?", (tenant,))]
    moment = "?::timestamptz" if db.dialect == "postgresql" else "?"
    if wanted.since is not None:
        # From the first entry that is late enough: one that a wrong clock dates back is kept.
        first = f"SELECT MIN(e.id) FROM events e WHERE e.tenant_id = ? AND e.at >= {moment}"
        found.append((f"events.id >= ({first})", (tenant, wanted.since)))
    if wanted.until is not None:  # to the last entry that is early enough, for the same reason
        last = f"SELECT MAX(e.id) FROM events e WHERE e.tenant_id = ? AND e.at < {moment}"
        found.append((f"events.id <= ({last})", (tenant, wanted.until)))
    if wanted.actor is not None:
        found.append(("(principal = ? OR email = ?)", (wanted.actor, wanted.actor)))
    if wanted.action is not None:
        prefix = wanted.action + "."
        by_part = f"substr(action, 1, {len(prefix)}) = ?"
        found.append((f"(action = ? OR {by_part})", (wanted.action, prefix)))
    if wanted.outcome is not None:
        failed = wanted.outcome == "failed"
        found.append(("outcome <> 'ok'", ()) if failed else ("outcome = ?", (wanted.outcome,)))
    if wanted.text is not None:
        position = "strpos" if db.dialect == "postgresql" else "instr"
        whole = "LOWER(action || ' ' || subject || ' ' || principal || ' ' || COALESCE(email, ''))"
        found.append((f"{position}({whole}, LOWER(?)) > 0", (wanted.text,)))
    if wanted.name is not None:
        found.append(_about(db, tenant, wanted.name))
    return " AND ".join(part for part, _ in found), [each for _, some in found for each in some]


def has_events_of(db: Database, tenant: str, name: str) -> bool:
    """Return whether any event is about a connector that ever had this name, or has this id."""
    where, parameters = condition(db, tenant, EventFilter(name=name))
    return db.one(f"SELECT 1 FROM events WHERE {where} LIMIT 1", parameters) is not None


def in_details(db: Database, name: str, table: str = "") -> str:
    """Return an SQL expression for one text field of an event's details."""
    if db.dialect == "postgresql":
        return f"{table}details->>'{name}'"
    return f"CASE WHEN json_valid({table}details) THEN json_extract({table}details, '$.{name}') END"


def chained(db: Database, tenant: str) -> Iterator[Row]:
    """Yield a tenant's hash chain: id, previous hash, hash, seal, connector and its revision, then
    the hashed columns.
    """
    homes = {"at": as_rfc3339(db.dialect, "at"), "details": as_text(db.dialect, "details")}
    hashed = ", ".join(homes.get(name, name) for name in HASHED)
    # The plus keeps SQLite from using the index on tenant and time, which would need a sort.
    tenant_is = "+tenant_id = ?" if db.dialect == "sqlite" else "tenant_id = ?"
    sql = (
        f"SELECT id, previous_hash, hash, seal, connector_id, revision, {hashed} FROM events"
        f" WHERE {tenant_is} ORDER BY id"
    )
    return db.rows(sql, (tenant,))


def rolled_back(db: Database, tenant: str) -> Iterator[Row]:
    """Yield connectors whose version is below the logged one: name, version, logged version."""
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


def out_of_step(db: Database, tenant: str) -> Iterator[tuple[str, str]]:
    """Yield connectors that are not as their last entry left them: name or id, and what differs.

    `older`: another revision than the log's last; `unlogged`: no entry; `gone`: the row is missing.
    What was changed without its key, such as by removing it, is not among them.
    """
    rows = (
        "SELECT name, revision, logged FROM"
        f" (SELECT c.name, c.revision, {LOGGED_REVISION} AS logged FROM connectors c"
        " WHERE c.tenant_id = ?) AS known"
        " WHERE COALESCE(NULLIF(revision, 0), -1) <> COALESCE(logged, -1)"
        " AND COALESCE(logged, 1) <> 0 ORDER BY name"
    )
    for name, _, last in db.rows(rows, (tenant,)):
        yield str(name), "unlogged" if last is None else "older"
    gone = (
        "SELECT subject FROM (SELECT connector_id, subject, revision, MAX(id) AS id FROM events"
        " WHERE tenant_id = ? AND revision IS NOT NULL GROUP BY connector_id) AS newest"
        " WHERE revision <> 0 AND NOT EXISTS"
        " (SELECT 1 FROM connectors c WHERE c.id = newest.connector_id) ORDER BY subject"
    )
    if db.dialect == "postgresql":
        gone = (
            "SELECT subject FROM (SELECT DISTINCT ON (connector_id) connector_id, subject, revision"
            " FROM events WHERE tenant_id = ? AND revision IS NOT NULL"
            " ORDER BY connector_id, id DESC) AS newest WHERE revision <> 0 AND NOT EXISTS"
            " (SELECT 1 FROM connectors c WHERE c.id = newest.connector_id) ORDER BY subject"
        )
    for (name,) in db.rows(gone, (tenant,)):
        yield str(name), "gone"


def head(db: Database, tenant: str) -> Head | None:
    """Return where a tenant's log ends and how far it is sealed; None if there is no record."""
    sql = (
        "SELECT entries, hash, sealed_entries, sealed_hash, seal, seal_key_id FROM log_heads"
        " WHERE tenant_id = ?"
    )
    row = db.one(sql, (tenant,))
    return Head(row[0], row[1], (row[2], row[3]), (row[4], row[5])) if row else None


def entry_with_hash(db: Database, tenant: str, found: str) -> int | None:
    """Return the id of the entry with this hash, or None."""
    row = db.one("SELECT id FROM events WHERE tenant_id = ? AND hash = ?", (tenant, found))
    return row[0] if row else None


def entry_after(db: Database, tenant: str, entry_id: int) -> tuple[int, str]:
    """Return the id and time of the entry that follows another one."""
    at = as_rfc3339(db.dialect, "at")
    sql = f"SELECT id, {at} FROM events WHERE tenant_id = ? AND id > ? ORDER BY id LIMIT 1"
    row = db.one(sql, (tenant, entry_id))
    return (row[0], row[1]) if row else (entry_id, "")


def _about(db: Database, tenant: str, name: str) -> tuple[str, list[str]]:
    """Return the condition for the events of connectors that ever had a name or have this id."""
    row_id = in_details(db, "id")
    sql = (
        "SELECT id FROM connectors WHERE tenant_id = ? AND (name = ? OR id = ?)"
        f" UNION SELECT {row_id} FROM events WHERE tenant_id = ? AND subject = ?"
    )
    rows = db.rows(sql, (tenant, name, name, tenant, name))
    known = [name, *sorted({row[0] for row in rows if isinstance(row[0], str)} - {name})]
    marks = ", ".join("?" * len(known))
    return f"(subject IN ({marks}) OR {row_id} IN ({marks}))", known * 2
