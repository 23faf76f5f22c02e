"""Shell completion of fields, and of words that filters and options accept; it only reads."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.errors import ConnectorsError

if TYPE_CHECKING:
    from connectors_cli.catalog.entry import Entry
    from connectors_cli.store.read.database import Database

P = ParamSpec("P")
T = TypeVar("T")
Candidates = list[tuple[str, str]]
"""Words with their help, which zsh and fish show."""
SOURCES = ("env:", "file:", "cmd:", "-")


def _quietly(complete: Callable[P, list[T]]) -> Callable[P, list[T]]:
    """Return a completion that offers nothing where the store cannot be read."""

    @wraps(complete)
    def or_nothing(*args: P.args, **options: P.kwargs) -> list[T]:
        try:
            return complete(*args, **options)
        except ConnectorsError:
            return []

    return or_nothing


def one_of(*words: str) -> Callable[[str], list[str]]:
    """Return a completion of these words."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]


def closed_words(name: str) -> Callable[[str], list[str]]:
    """Return a completion of the words of a filter: status, auth_type or lifecycle."""

    def complete(incomplete: str) -> list[str]:
        from connectors_cli.store.read.filters import CLOSED

        return [word for word in CLOSED[name] if word.startswith(incomplete)]

    return complete


@_quietly
def settings_to_set(ctx: typer.Context, incomplete: str) -> Candidates:
    """Complete `--set FIELD=VALUE` with the fields of the type, and the values of some."""
    return _assignments(ctx, incomplete, "--set ")


@_quietly
def settings_to_set_as_json(ctx: typer.Context, incomplete: str) -> Candidates:
    """Complete `--set-json FIELD=JSON` with the lists and objects of the type."""
    return _assignments(ctx, incomplete, "--set-json ")


@_quietly
def credentials_to_set(ctx: typer.Context, incomplete: str) -> Candidates:
    """Complete `--secret FIELD=SOURCE` with the credentials of the type, and kinds of sources."""
    return _assignments(ctx, incomplete, "--secret ")


@_quietly
def fields_with_values(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the fields that the connectors of the line have, settings first."""
    found = dict.fromkeys(name for row in _connectors(ctx) for name in _names(row))
    return [name for name in found if name.startswith(incomplete)]


def columns(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of the fields of `--fields a,b` for the command of the line."""
    from connectors_cli.store.read.rows import COLUMNS

    command = str(ctx.info_name)
    kind = {"catalog": "catalog", "log": "event", "member": "member", "tenant": "tenant"}
    parent = str(ctx.parent.info_name) if ctx.parent else ""
    known = COLUMNS[kind.get(command) or kind.get(parent) or "connector"]
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name, _ in known if name.startswith(last)]


def sorting_fields(incomplete: str) -> list[str]:
    """Complete `--sort-by FIELD`."""
    from connectors_cli.store.read.rows import CONNECTOR

    return [name for name, _ in CONNECTOR if name.startswith(incomplete)]


@_quietly
def tags(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the tags of the tenant's connectors."""
    import json

    from connectors_cli.store.read import connectors

    with _opened(ctx) as (db, tenant):
        if db is None:
            return []
        rows = connectors.list_installed(db, tenant, (("tags", "json"),), limit=2000).rows
        found = {tag for (text,) in rows for tag in json.loads(text or "[]")}
    return sorted(tag for tag in found if isinstance(tag, str) and tag.startswith(incomplete))


@_quietly
def presets(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the names of presets; for a type of the line those of that type."""
    from connectors_cli.store.read import presets as read_presets

    with _opened(ctx) as (db, tenant):
        if db is None:
            return []
        wanted = (("name", "text"), ("catalog_key", "text"))
        found = list(read_presets.list_presets(db, tenant, wanted).rows)
    entry = _entry(ctx)
    return [
        name
        for name, key in found
        if name.startswith(incomplete) and (entry is None or key == entry.key)
    ]


@_quietly
def tools(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the tools for which the types of the connectors of the line name variables."""
    from connectors_cli.catalog import variables

    keys = {row["catalog_key"] for row in _connectors(ctx)}
    found = {
        tool
        for entry in _entries(ctx)
        if not keys or entry.key in keys
        for tool in variables.tools(entry)
    }
    return sorted(tool for tool in found if tool.startswith(incomplete))


@_quietly
def categories(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the categories of services, in lower case if that is how they are typed."""
    is_lower = incomplete == incomplete.lower() != ""
    found = {e.category.lower() if is_lower else e.category for e in _entries(ctx)}
    return sorted(name for name in found if name.startswith(incomplete))


@_quietly
def capabilities(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete what services can do."""
    found = {name for entry in _entries(ctx) for name, value in entry.capabilities.items() if value}
    return sorted(name for name in found if name.startswith(incomplete))


def _assignments(ctx: typer.Context, incomplete: str, option: str) -> Candidates:
    entry = _entry(ctx)
    if entry is None:
        return []
    from connectors_cli.catalog.fields import allowed_values, fields

    known = {f.name: f.title for f in fields(entry) if (f.flag or "").startswith(option)}
    name, sign, _ = incomplete.partition("=")
    if not sign:
        return [(f"{n}=", title) for n, title in known.items() if n.startswith(incomplete)]
    if name not in known:
        return []
    values: Iterable[str] = SOURCES if option == "--secret " else allowed_values(entry, name)
    return [(f"{name}={v}", "") for v in values if f"{name}={v}".startswith(incomplete)]


def _names(row: dict[str, Any]) -> Iterator[str]:
    yield from row["config"] or ()
    yield from row["auth_fields"] or ()


def _entry(ctx: typer.Context) -> "Entry | None":
    """Return the type that a line names, or that of its connector."""
    from connectors_cli.store.read.types import entry_with_key

    key = ctx.params.get("type_key") or ctx.params.get("key")
    if not key and ctx.info_name == "install":
        key = next(iter(ctx.args), None)  # see `_named`
    if not key:
        key = next((row["catalog_key"] for row in _connectors(ctx)), None)
    if not key:
        return None
    with _opened(ctx) as (db, tenant):
        try:
            return entry_with_key(db, tenant, str(key))
        except ConnectorsError:
            return None


def _entries(ctx: typer.Context) -> "list[Entry]":
    from connectors_cli.services import types

    with _opened(ctx) as (db, tenant):
        return list(types.entries(db, tenant))


def _connectors(ctx: typer.Context) -> list[dict[str, Any]]:
    """Return the connectors that a line names, without those that cannot be read."""
    from connectors_cli.store.read import connectors
    from connectors_cli.store.read.rows import only_row

    wanted = tuple((name, "json") for name in ("config", "auth_fields"))
    found = []
    with _opened(ctx) as (db, tenant):
        if db is None:
            return []
        for name in _named(ctx):
            try:
                rows = connectors.show_connector(
                    db, tenant, name, (("catalog_key", "text"), *wanted)
                )
                found.append(only_row(rows))
            except ConnectorsError:
                continue
    return found


def _named(ctx: typer.Context) -> list[str]:
    if ctx.info_name == "install":
        return []  # its --name is that of a new connector
    # Where the word to complete is an option's value, the arguments are left unparsed.
    names = ctx.params.get("names") or ctx.params.get("name") or ctx.args
    return names.split(",") if isinstance(names, str) else [n for w in names for n in w.split(",")]


@contextmanager
def _opened(ctx: typer.Context) -> "Iterator[tuple[Database | None, str]]":
    """Yield the store and the tenant of a line; None for a store that cannot be read."""
    from connectors_cli.store.read import database
    from connectors_cli.store.read.members import tenant_exists

    db = None
    try:
        settings = context_of(ctx).settings
        tenant = settings.tenant
        db = database.open_for_reading(settings.store)
        is_member = tenant_exists(db, tenant)
    except ConnectorsError:
        is_member, tenant = False, ""
    try:
        yield (db if is_member else None), tenant
    finally:
        if db is not None:
            db.close()
