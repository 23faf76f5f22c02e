"""How often things happened, by type, tenant, day or actor: summed in SQL, streamed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter

from connectors_cli import history
from connectors_cli.history import Wanted
from connectors_cli.rows import INT, JSON, TEXT

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.database import Database, Row
    from connectors_cli.rows import Column

BY = ("type", "tenant", "day", "actor")
CELLS = 24
"""How many parts a trend has at most."""
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
# What was installed as which type, for connectors that are erased since.
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
    """Return the columns of sums; `trend` is how many events there were in each part of the time.

    The parts are of some days each, the last one ends today; of a day they are its hours, in UTC.
    """
    return ((by, TEXT), *((name, INT) for name in _COUNTS), ("trend", JSON))


def tally(db: Database, tenants: list[str], by: str, wanted: Wanted) -> Iterator[Row]:
    """Stream the sums of the wanted events of some tenants, in the order of what they are by."""
    where, parameters = _condition(db, tenants, wanted)
    groups = {"type": _TYPE, "tenant": "events.tenant_id", "day": _DAY[db.dialect]}
    group = f"COALESCE({_in_details(db, groups.get(by, 'events.principal'))}, '')"
    part = (_HOUR if by == "day" else _DAY)[db.dialect]
    sums = ", ".join(
        f"SUM(CASE WHEN {_in_details(db, test)} THEN 1 ELSE 0 END) AS {name}"
        for name, test in _COUNTS.items()
    )
    made = _in_details(db, _MADE) if by == "type" else ""
    order = ' COLLATE "C"' if db.dialect == "postgresql" else ""
    sql = (
        f"SELECT g, part, {', '.join(_COUNTS)} FROM (SELECT {group} AS g, {part} AS part,"
        f" {sums} FROM events{made} WHERE {where} GROUP BY 1, 2) AS s ORDER BY g{order}, part"
    )
    cells = _Hours() if by == "day" else _Days(*_span(db, where, parameters, wanted))
    return _folded(db.rows(sql, parameters), cells)


def _condition(db: Database, tenants: list[str], wanted: Wanted) -> tuple[str, list[Any]]:
    """Return the condition for events of any of some tenants."""
    found = [history.condition(db, tenant, wanted) for tenant in tenants]
    where = " OR ".join(f"({part})" for part, _ in found) or "1 = 0"
    return f"({where})", [each for _, some in found for each in some]


def _in_details(db: Database, sql: str) -> str:
    """Return SQL with the details' fields, named in braces, as this database reads them."""
    names = ("id", "type", "change", "for", "state")
    return sql.format_map({name: history.in_details(db, name, "events.") for name in names})


def _span(db: Database, where: str, parameters: list[Any], wanted: Wanted) -> tuple[date, date]:
    """Return the first and the last day that a trend is over."""
    today = datetime.now(UTC).date()
    if wanted.since is not None:
        return min(date.fromisoformat(wanted.since[:10]), today), today
    row = db.one(f"SELECT MIN({_DAY[db.dialect]}) FROM events WHERE {where}", parameters)
    return (min(date.fromisoformat(row[0]), today) if row and row[0] else today), today


class _Days:
    """Parts of a span of days, so many days each that there are not too many."""

    def __init__(self, first: date, last: date) -> None:
        self._last = last.toordinal()
        days = self._last - first.toordinal() + 1
        self._each = -(-days // CELLS)
        self.count = -(-days // self._each)

    def place(self, part: str) -> int:
        """Return in which cell a day is; one after today, as a wrong clock has it, in the last."""
        ago = (self._last - date.fromisoformat(part).toordinal()) // self._each
        return self.count - 1 - min(max(ago, 0), self.count - 1)


class _Hours:
    """The hours of a day."""

    count = 24

    def place(self, part: str) -> int:
        """Return in which cell an hour is."""
        return int(part)


def _folded(rows: Iterable[Row], cells: _Days | _Hours) -> Iterator[Row]:
    """Yield one row for all parts of a group, with the trend as JSON text."""
    for group, parts in groupby(rows, key=itemgetter(0)):
        sums = [0] * len(_COUNTS)
        trend = [0] * cells.count
        for _, part, *counts in parts:
            sums = [total + int(count) for total, count in zip(sums, counts, strict=True)]
            trend[cells.place(part)] += int(counts[-1])
        yield (group or None, *sums, str(trend))
