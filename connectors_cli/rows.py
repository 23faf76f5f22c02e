"""Rows on their way out, each kind with its columns."""

from __future__ import annotations

from itertools import chain

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from connectors_cli.database import Row

TEXT, JSON, BOOL, INT = "text", "json", "bool", "int"
Column = tuple[str, str]

CONNECTOR: tuple[Column, ...] = (
    ("id", TEXT),
    ("tenant_id", TEXT),
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("status", TEXT),
    ("config", JSON),
    ("auth_configured", BOOL),
    ("auth_fields", JSON),
    ("auth_expires_at", TEXT),
    ("capabilities", JSON),
    ("tags", JSON),
    ("version", INT),
    ("last_check", JSON),
    ("created_at", TEXT),
    ("created_by_email", TEXT),
    ("updated_at", TEXT),
    ("updated_by_email", TEXT),
)
REMOVED = (*CONNECTOR, ("deleted_at", TEXT), ("deleted_by_email", TEXT))
CATALOG: tuple[Column, ...] = (
    ("key", TEXT),
    ("name", TEXT),
    ("description", TEXT),
    ("category", TEXT),
    ("icon", TEXT),
    ("auth_type", TEXT),
    ("capabilities", JSON),
    ("lifecycle", TEXT),
    ("notice", TEXT),
    ("source", TEXT),
)
PRESET: tuple[Column, ...] = (
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("config", JSON),
    ("created_at", TEXT),
    ("created_by_email", TEXT),
)
EVENT: tuple[Column, ...] = (
    ("id", INT),
    ("at", TEXT),
    ("tenant_id", TEXT),
    ("principal", TEXT),
    ("email", TEXT),
    ("action", TEXT),
    ("subject", TEXT),
    ("outcome", TEXT),
    ("details", JSON),
)
TENANT: tuple[Column, ...] = (
    ("name", TEXT),
    ("role", TEXT),
    ("connectors", INT),
    ("created_at", TEXT),
    ("key_id", TEXT),
    ("current", BOOL),
)
MEMBER: tuple[Column, ...] = (("principal", TEXT), ("role", TEXT), ("created_at", TEXT))
COLUMNS = {
    "connector": CONNECTOR,
    "removed": REMOVED,
    "catalog": CATALOG,
    "preset": PRESET,
    "event": EVENT,
    "tenant": TENANT,
    "member": MEMBER,
}
# What is shown of each kind where a line a row is wanted: on a terminal's table, as TSV.
BRIEF = {
    "connector": "name,catalog_key,status,tags,updated_at",
    "removed": "name,catalog_key,tags,deleted_at,deleted_by_email",
    "catalog": "key,name,category,auth_type,lifecycle",
    "preset": "name,catalog_key,config",
    "event": "at,principal,email,action,subject,outcome,details",
    "tenant": "name,role,connectors,key_id,current",
    "member": "principal,role",
}
# What a card needs beside the columns that machines get.
_ON_CARDS: dict[str, tuple[Column, ...]] = {
    "connector": (("catalog_name", TEXT), ("icon", TEXT)),
    "removed": (("catalog_name", TEXT), ("icon", TEXT)),
    "catalog": (("installed", INT),),
}


class Rows:
    """Rows of one kind on their way out: which columns, and an iterator of tuples of them.

    `single` says that it is the one row that was asked for: one object rather than a list.
    """

    __slots__ = ("columns", "kind", "rows", "single")

    def __init__(
        self, kind: str, columns: tuple[Column, ...], rows: Iterator[Row], *, single: bool = False
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.single = single

    def is_empty(self) -> bool:
        """Tell whether no row comes; the first one is kept."""
        for row in self.rows:
            self.rows = chain((row,), self.rows)
            return False
        return True


def columns_for(
    kind: str, output: str, fields: str | None, *, single: bool = False
) -> tuple[Column, ...]:
    """Return the columns an output shows of a kind: those `--fields` names, or the output's own.

    Raises UsageError for a field that is not known.
    """
    known = COLUMNS[kind]
    if fields:
        return pick(known, fields)
    if single:
        return known
    if output in {"tsv", "table"} or (output == "cards" and kind == "preset"):  # no card, but wide
        return pick(known, BRIEF[kind])
    return known + _ON_CARDS.get(kind, ()) if output == "cards" else known


def pick(columns: tuple[Column, ...], fields: str) -> tuple[Column, ...]:
    """Return the columns that `a,b` names, in that order, each once; UsageError for another."""
    known = dict(columns)
    names = dict.fromkeys(name.strip() for name in fields.split(",") if name.strip())
    for name in names or (fields,):
        if name not in known:
            raise UsageError(f"no field {name[:50]!r} here", hint="fields: " + ", ".join(known))
    return tuple((name, known[name]) for name in names)


def only_row(rows: Rows) -> dict[str, Any]:
    """Return the one row as a dict, JSON columns parsed."""
    row = next(rows.rows)
    return {
        name: _parsed(value, kind) for value, (name, kind) in zip(row, rows.columns, strict=True)
    }


def _parsed(value: Any, kind: str) -> Any:
    if kind == JSON and value is not None:
        import json  # streamed rows are never parsed

        return json.loads(value)
    return bool(value) if kind == BOOL else value
