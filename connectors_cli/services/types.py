"""Connector types for people: listed, searched, described, as schema and as example."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from connectors_cli.catalog.entry import entry_of
from connectors_cli.catalog.read import builtin, read_json
from connectors_cli.errors import UsageError
from connectors_cli.services.output import ServicePage
from connectors_cli.store.read import connectors as reader
from connectors_cli.store.read import types as stored
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import INT, JSON, TEXT, Column, Rows

if TYPE_CHECKING:  # loaded when first used: a list needs none
    from connectors_cli.catalog.entry import Entry
    from connectors_cli.services.results import Validation, Validations

_HEADING = (
    "edit this file, then run: connectors install --from-file FILE",
    "Write secrets as references: {env: VARIABLE}, {file: PATH} or {cmd: COMMAND}",
)
_PARTS = ("config", "auth", "all")
INSTALLED = ("installed", INT)


def browse(
    db: Database | None,
    columns: tuple[Column, ...],
    text: str,
    filters: Mapping[str, str | None],
    tenant: str,
) -> Rows:
    """Return the types that match the filters and the search `text`, best match first.

    With the column `installed`, a count for the tenant, types are sorted by category.
    """
    stored = tuple(column for column in columns if column != INSTALLED)
    on_cards = stored != columns
    if db is None or text:
        rows = _searched(db, tenant, stored, text, filters, by_category=on_cards)
    else:
        by = "category" if on_cards else "key"
        rows = reader.list_catalog(db, tenant, stored, by=by, **filters)
    if not on_cards:
        return rows
    counts = reader.count_by_type(db, tenant) if db else {}
    key = stored.index(("key", TEXT))
    counted = ((*row, counts.get(row[key], 0)) for row in rows.rows)
    return Rows("catalog", (*stored, INSTALLED), counted)


def check_words(db: Database | None, tenant: str, filters: Mapping[str, str | None]) -> None:
    """Raise UsageError for the first filter that no type matches, such as a mistyped word."""
    from difflib import get_close_matches

    every = entries(db, tenant)
    for name, value in filters.items():
        if value is None or any(_passes(entry, {name: value}) for entry in every):
            continue
        known = {word for entry in every for word in _filtered_by(entry, name)}
        nearest = get_close_matches(value.casefold(), known, n=3, cutoff=0.5)
        words = " or ".join(nearest) if nearest else ", ".join(sorted(known))
        raise UsageError(
            f"no service has the {name.replace('_', ' ')} {value[:50]!r}",
            hint=f"did you mean {words}?" if nearest else f"use one of {words}",
        )


def filter_words(entries: Sequence["Entry"]) -> dict[str, list[str]]:
    """Return the words by which types can be filtered, sorted, for each filter."""
    names = ("category", "auth_type", "capability", "lifecycle")
    return {n: sorted({word for e in entries for word in _filtered_by(e, n)}) for n in names}


def describe(entry: "Entry", *, verbose: bool) -> ServicePage:
    """Return a type's description; with `verbose` also sources and notes for maintainers."""
    from connectors_cli.catalog.fields import fields  # not for a list

    values: dict[str, Any] = {
        "key": entry.key,
        "name": entry.name,
        "description": entry.description,
        "category": entry.category,
        "icon": entry.icon,
        "auth_type": entry.auth_type,
        "capabilities": entry.capabilities,
        "lifecycle": entry.lifecycle,
        "notice": entry.notice,
        "docs_url": entry.docs_url,
        "aliases": list(entry.aliases),
        "source": entry.source,
        "setup": _setup(entry),
        "fields": [info.as_object() for info in fields(entry)],
    }
    if verbose:
        values |= {
            "notes": entry.notes,
            "unconfirmed": list(entry.unconfirmed),
            "sources": list(entry.sources),
        }
    return ServicePage(entry.name, values)


def _setup(entry: "Entry") -> dict[str, Any] | None:
    from connectors_cli.catalog.setup import app_setup
    from connectors_cli.system.record import values_of

    setup = app_setup(entry)
    return None if setup is None else values_of(setup)


def schema_text(entry: "Entry", part: str) -> str:
    """Return a type's schema as JSON text; raises UsageError for an unknown part."""
    if part not in _PARTS:
        raise UsageError(f"unknown part {part[:20]!r}", hint=f"parts: {', '.join(_PARTS)}")
    schemas = {"config": entry.config_schema, "auth": entry.auth_schema}
    return json.dumps(schemas if part == "all" else schemas[part], indent=2)


def example_text(entry: "Entry", output: str | None) -> str:
    """Return a file to edit, as YAML, or as JSON if `output` says so."""
    from connectors_cli.catalog.examples import example

    document = example(entry)
    if output in {"json", "jsonl"}:
        return json.dumps(document, indent=2)
    from connectors_cli.services.worksheet import worksheet  # YAML: only where it is written

    head = {"name": document["name"], "type": document["type"]}
    return worksheet(entry, head, document["config"], document["auth"], _HEADING)


def lint_files(files: Sequence[str]) -> "Validations":
    """Return the problems of each catalog file."""
    from connectors_cli.services.results import Validations

    return Validations(tuple(_linted(file) for file in files), single=len(files) == 1)


def _linted(file: str) -> "Validation":
    from connectors_cli.catalog.lint import lint
    from connectors_cli.services.results import FieldReport, Validation

    data = read_json(file)
    key = data.get("key") if isinstance(data, dict) else None
    reports = (
        FieldReport(problem.dotted, None, secret=False, errors=(problem.message,))
        for problem in lint(data, file)
    )
    return Validation(file, str(key or "?"), tuple(reports))


def entries(db: Database | None, tenant: str) -> list["Entry"]:
    """Return every type, sorted by key: built-in and, with a store, custom ones."""
    known = dict(builtin())
    if db is not None:
        for key in stored.custom_keys(db, tenant):
            row = reader.catalog_entry(db, tenant, key)
            if row is not None and key not in known:
                known[key] = entry_of(row)
    return [known[key] for key in sorted(known)]


def _searched(
    db: Database | None,
    tenant: str,
    columns: tuple[Column, ...],
    text: str,
    filters: Mapping[str, str | None],
    *,
    by_category: bool,
) -> Rows:
    passing = [entry for entry in entries(db, tenant) if _passes(entry, filters)]
    from connectors_cli.catalog.search import search

    found = search(passing, text) if text else passing
    if by_category:
        order = sorted({entry.category for entry in found}) if not text else []
        order += [entry.category for entry in found]
        found = sorted(found, key=lambda entry: order.index(entry.category))
    return Rows("catalog", columns, (_row(entry, columns, tenant) for entry in found))


def _passes(entry: "Entry", filters: Mapping[str, str | None]) -> bool:
    return all(
        value is None
        or value in _filtered_by(entry, name)
        or (name == "category" and value.casefold() == entry.category.casefold())
        for name, value in filters.items()
    )


def _filtered_by(entry: "Entry", name: str) -> list[str]:
    """Return the values of an entry that a filter compares."""
    if name == "capability":
        return [word for word, value in entry.capabilities.items() if value]
    return [str(getattr(entry, name))]


def _row(entry: "Entry", columns: tuple[Column, ...], tenant: str) -> tuple[Any, ...]:
    more = {"id": entry.id_in(tenant), "default_config_schema": entry.config_schema}
    values = ((more.get(name) or getattr(entry, name), kind) for name, kind in columns)
    return tuple(json.dumps(value) if kind == JSON else value for value, kind in values)
