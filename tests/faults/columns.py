"""Every column of both tables altered by SQL, one by one, before every use of a connector.

What steers a use is refused; what does not (`FREE`) may change nothing of a use's result.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from figures import Family, Row, row
from homes import Home
from layers import layers
from replays import some
from signed_in import FIELDS, USES, Place, signed_in

NEVER = ("used all the same", "another result", "requests to the thief", "called a bug")
FREE = frozenset(
    {
        "last_check",
        *("created_by_email", "created_by_name", "created_at"),
        *("updated_by_email", "updated_by_name", "updated_at"),
        *("deleted_by_email", "deleted_by_name", "folded", "lookalike"),
    }
)
FREE_OF_TYPES = frozenset({"created_at", "digest", "tenant_id"})
"""A type's digest is computed from what it covers; a row's seal covers that, whoever has it."""
ANY = ("'x'", "NULL")
_SWAPPED = "json_set(auth, '$.access_token', json_extract(auth, '$.client_secret'))"
_ACME = "(SELECT {} FROM {} WHERE tenant_id = 'acme')"
CONNECTOR: dict[str, Sequence[str]] = {
    "id": ("'11111111-1111-1111-1111-111111111111'",),
    "tenant_id": ("'acme'",),
    "catalog_id": ("(SELECT id FROM connector_catalog WHERE key = 'medium')",),
    "name": ("'other'",),
    "status": ("'inactive'", "'error'"),
    "config": (
        "json_set(config, '$.server_url', 'THIEF')",
        '\'{"server_url": "THIEF", \' || substr(config, 2)',
        "config || ' '",
    ),
    "auth": (_SWAPPED, "json_remove(auth, '$.client_secret')", "auth || ' '"),
    "auth_fingerprints": ("'{}'",),
    "auth_mac": ("''", "(SELECT auth_mac FROM connectors WHERE name = 'shop')"),
    "key_id": (_ACME.format("id", "keys"),),
    "tags": ("'[\"prod\"]'", "tags || ' '"),
    "version": ("version + 1", "1"),
    "revision": ("revision + 1", "revision - 1", "NULL"),
    "auth_expires_at": ("'2199-01-01T00:00:00.000000Z'", "NULL"),
    "deleted_at": ("'2026-01-01T00:00:00.000000Z'",),
    "last_check": ('\'{"account": "x", "state": "ok"}\'', "NULL"),
    **dict.fromkeys(("created_at", "updated_at"), ("'2001-01-01T00:00:00.000000Z'",)),
}
_JSON = ("'{}'", "'{\"x\": true}'", "'x'")
_STOLEN = "json_set({0}, '$.{1}', 'THIEF/{2}')"
TWICE = "'{\"properties\": {}, ' || substr(auth_schema, 2)"
"""A name given twice: no text of a type is read but parsed, and that is the same."""
TYPE: dict[str, Sequence[str]] = {
    "id": ("'11111111-1111-1111-1111-111111111111'",),
    "tenant_id": ("'acme'", "NULL"),
    "key": ("'medium2'",),
    "source": ("'builtin'", "'custom'", "'x'"),
    "capabilities": _JSON,
    "default_config_schema": _JSON,
    "auth_schema": (
        '\'{"properties": {"FIELD": {"x-env": "HTTPS_PROXY"}}}\'',
        TWICE,
        *_JSON,
    ),
    "oauth": (_STOLEN.format("oauth", "token_url", "token"), *_JSON),
    "probe": (_STOLEN.format("probe", "url", "me"), *_JSON),
    "digest": ("'x'",),
    "created_at": ("'2001-01-01T00:00:00.000000Z'",),
}


@dataclass(frozen=True)
class Change:
    """A column set to an expression; `is_free` if a use may go on as if nothing happened."""

    table: str
    column: str
    value: str
    where: str
    is_free: bool

    @property
    def sql(self) -> str:
        return f"UPDATE {self.table} SET {self.column} = {self.value} WHERE {self.where}"


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Make about `count` changes to each of three rows, and use the connector in every way."""
    with signed_in(folder / "made") as place:
        for fault, name, changes in _changes(place.home):
            yield altered(fault, name, some(changes, count), place, folder / "altered")
        yield from layers(place, folder / "layers")


def _changes(home: Home) -> Iterator[tuple[str, str, list[Change]]]:
    news = "name = 'news' AND tenant_id = 'default'"
    yield "columns of a connector", "news", changes_of(home, "connectors", CONNECTOR, news, FREE)
    kind = ("connector_catalog", TYPE)
    own = changes_of(home, *kind, "key = 'example'", FREE_OF_TYPES)
    yield "columns of a type of one's own", "news", own
    every = frozenset(change.column for change in own)
    built_in = changes_of(home, *kind, "key = 'wordpress'", every)
    yield "columns of a built-in type", "blog", built_in


def changes_of(
    home: Home, table: str, values: dict[str, Sequence[str]], where: str, free: frozenset[str]
) -> list[Change]:
    """Return the changes to every column that a table has; one that is new here must be refused."""
    columns = home.query('SELECT name, "notnull" FROM pragma_table_info(?)', table)
    return [
        Change(table, column, value, where, column in free or value == TWICE)
        for column, is_needed in columns
        for value in values.get(column, ANY)
        if (value != "NULL" or not is_needed) and _changes_it(home, table, column, value, where)
    ]


def _changes_it(home: Home, table: str, column: str, value: str, where: str) -> bool:
    sql = f"SELECT {column} IS NOT {value} FROM {table} WHERE {where}"
    return home.query(sql) == [(1,)]


def altered(fault: str, name: str, changes: Sequence[Change], place: Place, folder: Path) -> Row:
    """Make each change in a copy of its own, and use the connector in every way."""
    found: Counter[str] = Counter(dict.fromkeys(("uses", "refused", "the same", *NEVER), 0))
    uses = {use: work for use, work in USES.items() if use != "auth refresh" or name == "news"}
    untouched = place.home.copy(folder)
    right = {use: work(untouched, name, FIELDS[name]) for use, work in uses.items()}
    untouched.remove()
    if failed := [use for use, done in right.items() if done.code]:
        raise AssertionError(f"the untouched connector cannot be used: {failed}")
    for change in changes:
        home = place.home.copy(folder)
        before = len(place.thief.requests)
        home.query(change.sql.replace("THIEF", place.thief.url).replace("FIELD", FIELDS[name]))
        for use, work in uses.items():
            found.update(
                _judged(change, work(home, _name(change, name), FIELDS[name]), right[use], use)
            )
        found["requests to the thief"] += len(place.thief.requests) - before
        home.remove()
    return row(fault, len(changes), found, NEVER)


def _name(change: Change, name: str) -> str:
    return "other" if change.column == "name" and change.table == "connectors" else name


def _judged(
    change: Change, done: SimpleNamespace, right: SimpleNamespace, use: str
) -> Iterator[str]:
    yield "uses"
    if "this is a bug" in done.err or "Traceback" in done.err:
        yield "called a bug"
    if done.code:
        yield "refused"
    elif not change.is_free:
        yield "used all the same"
    else:
        yield "the same" if done.out == right.out else "another result"


FAMILY = Family("columns", figures, full=100, short=5)
