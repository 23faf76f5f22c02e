"""Statistics of the audit log: counts by type, tenant, day or actor, computed in SQL."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter

from connectors_cli.audit import history
from connectors_cli.audit.history import EventFilter
from connectors_cli.store.read.database import byte_order
from connectors_cli.store.read.rows import INT, JSON, TEXT

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.store.read.database import Database, Row
    from connectors_cli.store.read.rows import Column

BY = ("type", "connector", "tenant", "day", "actor", "for", "reason")
CELLS = 24
"""The largest number of cells in a trend."""
_COUNTS = {
    "installs": "events.outcome = 'ok' AND events.action = 'connector.install'"
    " AND {change} = 'installed'",
    "uses": "events.outcome = 'ok' AND COALESCE({for}, '') <> 'test'"
    " AND events.action IN ('connector.use', 'connector.reveal', 'connector.export')",
    "tests": "events.outcome = 'ok' AND events.action = 'connector.test'",
    "failures": "events.outcome <> 'ok' OR (events.action = 'connector.test'"
    " AND COALESCE({state}, 'ok') NOT IN ('ok', 'unsupported'))",
    "events": "1 = 1",
}
_TYPE = (
    "COALESCE((SELECT t.key FROM connectors c JOIN connector_catalog t ON t.id = c.catalog_id"
    " WHERE c.tenant_id = events.tenant_id AND c.id = {id}), {type}, made_type,"
    " (SELECT MIN(t.key) FROM connectors c JOIN connector_catalog t ON t.id = c.catalog_id"
    " WHERE c.tenant_id = events.tenant_id AND c.name = events.subject"
    " AND substr(events.action, 1, 10) = 'connector.'))"
)
# The name that a connector has now, else the one that the entry has.
_CONNECTOR = (
    "CASE WHEN substr(events.action, 1, 10) = 'connector.' THEN COALESCE((SELECT c.name FROM"
    " connectors c WHERE c.tenant_id = events.tenant_id AND c.id = {id}), events.subject) END"
)
# The type that a connector was installed as, for connectors that were erased since.
_MADE = (
    " LEFT JOIN (SELECT tenant_id AS made_in, {id} AS made_id, MAX({type}) AS made_type FROM events"
    " WHERE action = 'connector.install' AND {id} IS NOT NULL GROUP BY 1, 2) AS made"
    " ON made_in = events.tenant_id AND made_id = {id}"
)
_DAY = {
    "sqlite": "substr(events.at, 1, 10)",
    "postgresql": "to_char(events.at AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}
_HOUR = {
    "sqlite": "substr(events.at, 12, 2)",
    "postgresql": "to_char(events.at AT TIME ZONE 'UTC', 'HH24')",
}


def columns(by: str) -> tuple[Column, ...]:
    """Return the columns of the counts.

    `trend` contains the number of events in each cell of the period. A cell is one or more days,
    and the last one ends today; by day, the cells are the hours of the day in UTC.
    """
    return ((by, TEXT), *((name, INT) for name in _COUNTS), ("trend", JSON))


def grouped_counts(db: Database, tenants: list[str], by: str, wanted: EventFilter) -> Iterator[Row]:
    """Yield the counts of the selected events of some tenants, sorted by the group (`by`)."""
    where, parameters = _condition(db, tenants, wanted)
    groups = {"type": _TYPE, "tenant": "events.tenant_id", "day": _DAY[db.dialect]}
    groups |= {
        "connector": _CONNECTOR,
        "actor": "events.principal",
        "for": "{for}",
        "reason": "{reason}",
    }
    group = f"COALESCE({_in_details(db, groups[by])}, '')"
    part = (_HOUR if by == "day" else _DAY)[db.dialect]
    sums = ", ".join(
        f"SUM(CASE WHEN {_in_details(db, test)} THEN 1 ELSE 0 END) AS {name}"
        for name, test in _COUNTS.items()
    )
    made = _in_details(db, _MADE) if by == "type" else ""
    order = byte_order(db.dialect, "g")
    sql = (
        f"SELECT g, part, {', '.join(_COUNTS)} FROM (SELECT {group} AS g, {part} AS part,"
        f" {sums} FROM events{made} WHERE {where} GROUP BY 1, 2) AS s ORDER BY {order}, part"
    )
    cells = _Hours() if by == "day" else _Days(*_span(db, where, parameters, wanted))
    return _folded(db.rows(sql, parameters), cells)


def _condition(db: Database, tenants: list[str], wanted: EventFilter) -> tuple[str, list[Any]]:
    """Return the SQL condition for the selected events of any of the tenants."""
    found = [history.condition(db, tenant, wanted) for tenant in tenants]
    where = " OR ".join(f"({part})" for part, _ in found) or "1 = 0"
    return f"({where})", [each for _, some in found for each in some]


def _in_details(db: Database, sql: str) -> str:
    """Replace {field} in SQL by this database's expression for that field of the details."""
    names = ("id", "type", "change", "for", "state", "reason")
    return sql.format_map({name: history.in_details(db, name, "events.") for name in names})


def _span(
    db: Database, where: str, parameters: list[Any], wanted: EventFilter
) -> tuple[date, date]:
    """Return the first and the last day of a trend."""
    today = datetime.now(UTC).date()
    if wanted.since is not None:
        return min(date.fromisoformat(wanted.since[:10]), today), today
    row = db.one(f"SELECT MIN({_DAY[db.dialect]}) FROM events WHERE {where}", parameters)
    return (min(date.fromisoformat(row[0]), today) if row and row[0] else today), today


class _Days:
    """The cells of a period of days: at most CELLS, each of the same number of days."""

    def __init__(self, first: date, last: date) -> None:
        self._last = last.toordinal()
        days = self._last - first.toordinal() + 1
        self._each = -(-days // CELLS)
        self.count = -(-days // self._each)

    def cell_of(self, part: str) -> int:
        """Return the cell of a day; days after today (a wrong clock) count in the last cell."""
        ago = (self._last - date.fromisoformat(part).toordinal()) // self._each
        return self.count - 1 - min(max(ago, 0), self.count - 1)


class _Hours:
    """The cells of one day: its hours."""

    count = 24

    def cell_of(self, part: str) -> int:
        """Return the cell of an hour."""
        return int(part)


def _folded(rows: Iterable[Row], cells: _Days | _Hours) -> Iterator[Row]:
    """Yield one row per group, with the trend as JSON text."""
    for group, parts in groupby(rows, key=itemgetter(0)):
        sums = [0] * len(_COUNTS)
        trend = [0] * cells.count
        for _, part, *counts in parts:
            sums = [total + int(count) for total, count in zip(sums, counts, strict=True)]
            trend[cells.cell_of(part)] += int(counts[-1])
        yield (group or None, *sums, str(trend))
