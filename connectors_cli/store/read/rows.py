"""Rows of each kind with their columns, as commands return them."""

from __future__ import annotations

from itertools import chain, islice

from connectors_cli.errors import UsageError

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from connectors_cli.store.read.database import Row

TEXT, JSON, BOOL, INT = "text", "json", "bool", "int"
PART = "part"
"""A value inside a JSON column, which a field with dots names: as Python has it."""
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
CHANGE: tuple[Column, ...] = (
    *(("name", TEXT), ("change", TEXT), *(column for column in CONNECTOR if column[0] != "name")),
    *(("dry_run", BOOL), ("changed_fields", JSON), ("notes", JSON)),
    *(("check", JSON), ("error", JSON)),
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
    ("id", TEXT),
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
    "change": CHANGE,
    "removed": REMOVED,
    "catalog": CATALOG,
    "preset": PRESET,
    "event": EVENT,
    "tenant": TENANT,
    "member": MEMBER,
}
_NAMES = (("created_by_name", TEXT), ("updated_by_name", TEXT))
# The columns of each kind that only `--fields` shows.
_ON_REQUEST: dict[str, tuple[Column, ...]] = {
    "connector": _NAMES,
    "removed": (*_NAMES, ("deleted_by_name", TEXT)),
    "catalog": (("default_config_schema", JSON), ("auth_schema", JSON)),
}
# The columns of each kind in output of one line a row: tables and TSV.
BRIEF = {
    "connector": "name,catalog_key,status,tags,updated_at",
    "change": "name,catalog_key,status,change",
    "removed": "name,catalog_key,tags,deleted_at,deleted_by_email",
    "catalog": "key,name,category,auth_type,lifecycle",
    "preset": "name,catalog_key,config",
    "event": "at,principal,email,action,subject,outcome,details",
    "tenant": "name,role,connectors,key_id,current",
    "member": "principal,role",
}
# The columns of cards that other output does not have.
_ON_CARDS: dict[str, tuple[Column, ...]] = {
    "connector": (("catalog_name", TEXT), ("icon", TEXT)),
    "removed": (("catalog_name", TEXT), ("icon", TEXT)),
    "catalog": (("installed", INT),),
}


class Rows:
    """Rows of one kind: the columns, and an iterator of tuples.

    `single` means that one row was asked for: it is shown as an object, not as a list. `objects`
    are the same rows as JSON, where the database writes it: read either one or the other.
    """

    __slots__ = ("columns", "kind", "objects", "rows", "single")

    def __init__(
        self,
        kind: str,
        columns: tuple[Column, ...],
        rows: Iterator[Row],
        *,
        single: bool = False,
        objects: Iterator[Row] | None = None,
    ) -> None:
        self.kind = kind
        self.columns = columns
        self.rows = rows
        self.single = single
        self.objects = objects

    def is_empty(self) -> bool:
        """Return whether there is no row; a first row is kept for the iterator."""
        for row in self.rows:
            self.rows = chain((row,), self.rows)
            return False
        return True


def columns_for(
    kind: str, output: str, fields: str | None, *, single: bool = False
) -> tuple[Column, ...]:
    """Return the columns of a kind in an output: those of `--fields`, else the output's own.

    For `names` that is the one column that is shown. Of a field with dots it is the whole column,
    see `narrowed`. Raises UsageError for an unknown field.
    """
    known = COLUMNS[kind]
    every = known + _ON_REQUEST.get(kind, ())
    chosen = pick(every, fields, parts=True) if fields else known
    if output == "names":
        chosen = (chosen[naming_position(chosen)],)
    if fields:
        return whole(chosen, every)
    if output == "names":
        return chosen
    if single:
        return known + _ON_CARDS.get(kind, ()) if output == "cards" else known
    has_no_card = output == "cards" and kind == "preset"
    if output in {"tsv", "table"} or has_no_card:
        return pick(known, BRIEF[kind])
    return known + _ON_CARDS.get(kind, ()) if output == "cards" else known


def naming_position(columns: tuple[Column, ...]) -> int:
    """Return the position of the column that names a row: its key, its name, or the first."""
    known = [name for name, _ in columns]
    return next((known.index(name) for name in ("key", "name") if name in known), 0)


def pick(columns: tuple[Column, ...], fields: str, *, parts: bool = False) -> tuple[Column, ...]:
    """Return the columns that `a,b` names, in that order, each once; raises UsageError.

    With `parts`, `config.a` is a column as well: the value `a` inside the JSON column `config`.
    """
    known = dict(columns)
    names = dict.fromkeys(name.strip() for name in fields.split(",") if name.strip())
    kinds = {n: PART for n in names if parts and known.get(n.partition(".")[0]) == JSON} | known
    for name in names or (fields,):
        if name not in kinds:
            raise UsageError(
                f"unknown field {name[:50]!r}", hint="use some of: " + ", ".join(known)
            )
    return tuple((name, kinds[name]) for name in names)


def whole(chosen: tuple[Column, ...], known: tuple[Column, ...]) -> tuple[Column, ...]:
    """Return the columns to read for chosen ones, each once: of parts the columns they are in."""
    kinds = dict(known)
    names = dict.fromkeys(n.partition(".")[0] if kind == PART else n for n, kind in chosen)
    return tuple((name, kinds[name]) for name in names)


def narrowed(rows: Rows, fields: str, output: str) -> Rows:
    """Return rows of whole columns with the parts of them that fields with dots name."""
    read = [name for name, _ in rows.columns]
    named = [name.strip() for name in fields.split(",")]
    wanted = ",".join(name for name in named if name.partition(".")[0] in read)
    columns = pick(rows.columns, wanted, parts=True)
    if output == "names":
        columns = columns[:1]
    places = [(name, kind, read.index(name.partition(".")[0])) for name, kind in columns]

    def cells(row: Row) -> Row:
        values = {place: _parsed(row[place], JSON) for _, kind, place in places if kind == PART}
        return tuple(
            part(values[place], name.partition(".")[2]) if kind == PART else row[place]
            for name, kind, place in places
        )

    return Rows(rows.kind, columns, map(cells, rows.rows), single=rows.single)


def part(value: Any, name: str) -> Any:
    """Return the value that a name with dots leads to, None without it; see `value_at`."""
    return value_at(value, name)[1] if name else value


def value_at(value: Any, name: str) -> tuple[bool, Any]:
    """Return whether there is a value where a name with dots leads to, and that value.

    At each level the longest name counts, as for `--set`; numbers count the items of a list.
    """
    words = name.split(".")
    while words:
        count = 1
        if isinstance(value, dict):
            known = (n for n in range(len(words), 0, -1) if ".".join(words[:n]) in value)
            count = next(known, 0)
            value = value.get(".".join(words[:count]))
        elif isinstance(value, list) and _is_index(words[0], value):
            value = value[int(words[0])]
        else:
            count = 0
        if count == 0:
            return False, None
        words = words[count:]
    return True, value


def _is_index(text: str, items: list[Any]) -> bool:
    """Return whether text is the number of an item; a long number is not read as one."""
    return text.isdecimal() and len(text) <= len(str(len(items))) and int(text) < len(items)


def sorting_column(kind: str, given: str) -> tuple[Column, bool]:
    """Return the column that `--sort-by` names, and whether a minus asks for the last first."""
    column, *_ = pick(COLUMNS[kind] + _ON_REQUEST.get(kind, ()), given.removeprefix("-"))
    return column, given.startswith("-")


def batched(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield items in lists of at most `size`, as itertools.batched does from Python 3.12 on."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def only_row(rows: Rows) -> dict[str, Any]:
    """Return the first row as a dict with its JSON parsed; Damaged for JSON that cannot be read."""
    return _as_object(next(rows.rows), rows.columns)


def all_rows(rows: Rows) -> list[dict[str, Any]]:
    """Return all rows as dicts with their JSON parsed."""
    return [_as_object(row, rows.columns) for row in rows.rows]


def _as_object(row: Row, columns: tuple[Column, ...]) -> dict[str, Any]:
    return {name: _parsed(value, kind) for value, (name, kind) in zip(row, columns, strict=True)}


def _parsed(value: Any, kind: str) -> Any:
    if kind == JSON and value is not None:
        import json  # hot reads never parse JSON

        try:
            return json.loads(value)
        except (ValueError, TypeError, RecursionError):
            from connectors_cli.store.read.faults import damaged

            raise damaged("file") from None
    return bool(value) if kind == BOOL else value
