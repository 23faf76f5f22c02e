"""What is shown of connector types: searched, described, as schema, as example."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connectors_cli import catalog, reader, stored
from connectors_cli.database import Database
from connectors_cli.errors import UsageError
from connectors_cli.results import Document, FieldReport, Validation, Validations
from connectors_cli.rows import INT, JSON, TEXT, Column, Rows

if TYPE_CHECKING:  # the catalog loads its parts when they are first used: a list needs none
    from connectors_cli.catalog import Entry

_HEADING = (
    "edit, then `connectors install --from-file FILE`",
    "A secret is a reference: {env: VARIABLE}, {file: PATH} or {cmd: COMMAND}",
)
_PARTS = ("config", "auth", "all")
INSTALLED = ("installed", INT)


def find_entry(key: str, open_reader: Callable[[], Database | None]) -> "Entry":
    """Return a type: a custom one of the store, else a built-in one by key or alias."""
    return stored.find_entry(open_reader(), key)


def browse(
    db: Database | None,
    columns: tuple[Column, ...],
    text: str,
    filters: Mapping[str, str | None],
    tenant: str,
) -> Rows:
    """Return the types that filters let through and a search finds, if there is one; best first.

    Where the columns have `installed`, which is counted for the tenant, types come by category.
    """
    stored = tuple(column for column in columns if column != INSTALLED)
    on_cards = stored != columns
    if db is None or text:
        rows = _searched(db, stored, text, filters, by_category=on_cards)
    else:
        by = "category" if on_cards else "key"
        rows = reader.list_catalog(db, stored, by=by, **filters)
    if not on_cards:
        return rows
    counts = reader.count_by_type(db, tenant) if db else {}
    key = stored.index(("key", TEXT))
    counted = ((*row, counts.get(row[key], 0)) for row in rows.rows)
    return Rows("catalog", (*stored, INSTALLED), counted)


def nothing_found(db: Database | None, filters: Mapping[str, str | None]) -> str:
    """Return why no type was found: the first filter that no type passes, and what there is."""
    return unknown_word(db, filters) or "no service matches"


def unknown_word(db: Database | None, filters: Mapping[str, str | None]) -> str | None:
    """Return what is to say of the first filter that no type passes; None where each has some."""
    from difflib import get_close_matches

    every = entries(db)
    for name, value in filters.items():
        if value is None or any(_passes(entry, {name: value}) for entry in every):
            continue
        known = {word for entry in every for word in _filtered_by(entry, name)}
        nearest = get_close_matches(value.casefold(), known, n=3, cutoff=0.5)
        words = " or ".join(nearest) if nearest else ", ".join(sorted(known))
        said = f"did you mean {words}?" if nearest else f"there are {words}"
        return f"no service has the {name.replace('_', ' ')} {value[:50]!r}: {said}"
    return None


def describe(entry: "Entry", *, verbose: bool) -> Document:
    """Return all there is to know of a type; sources and notes for maintainers with `verbose`."""
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
        "fields": [
            {**asdict(info), "supplied_by": info.supplied_by} for info in catalog.fields(entry)
        ],
    }
    if verbose:
        values |= {
            "notes": entry.notes,
            "unconfirmed": list(entry.unconfirmed),
            "sources": list(entry.sources),
        }
    return Document(entry.name, values)


def schema_text(entry: "Entry", part: str) -> str:
    """Return a type's schema as JSON text; UsageError for an unknown part."""
    if part not in _PARTS:
        raise UsageError(f"no part {part[:20]!r}", hint=f"one of {', '.join(_PARTS)}")
    schemas = {"config": entry.config_schema, "auth": entry.auth_schema}
    return json.dumps(schemas if part == "all" else schemas[part], indent=2)


def example_text(entry: "Entry", output: str | None) -> str:
    """Return a file ready to edit, as YAML or, where it is asked for, JSON."""
    document = catalog.example(entry)
    if output in {"json", "jsonl"}:
        return json.dumps(document, indent=2)
    from connectors_cli.worksheets import worksheet  # YAML: only where it is written

    head = {"name": document["name"], "type": document["type"]}
    return worksheet(entry, head, document["config"], document["auth"], _HEADING)


def lint_files(files: Sequence[str]) -> Validations:
    """Return what is wrong with each catalog file."""
    return Validations(tuple(_linted(file) for file in files), single=len(files) == 1)


def _linted(file: str) -> Validation:
    data = catalog.read_json(file)
    key = data.get("key") if isinstance(data, dict) else None
    reports = (
        FieldReport(problem.dotted, None, secret=False, errors=(problem.message,))
        for problem in catalog.lint(data, file)
    )
    return Validation(file, str(key or "?"), tuple(reports))


def entries(db: Database | None) -> list["Entry"]:
    """Return every type, by key: the built-in ones and, with a store, its custom ones."""
    known = dict(catalog.builtin())
    if db is not None:
        columns = (("key", TEXT), ("source", TEXT))
        for key, source in reader.list_catalog(db, columns).rows:
            row = reader.catalog_entry(db, key) if source == "custom" else None
            if row is not None:
                known[key] = catalog.entry_of(row)
    return [known[key] for key in sorted(known)]


def _searched(
    db: Database | None,
    columns: tuple[Column, ...],
    text: str,
    filters: Mapping[str, str | None],
    *,
    by_category: bool,
) -> Rows:
    passing = [entry for entry in entries(db) if _passes(entry, filters)]
    found = catalog.search(passing, text) if text else passing
    if by_category:
        order = sorted({entry.category for entry in found}) if not text else []
        order += [entry.category for entry in found]
        found = sorted(found, key=lambda entry: order.index(entry.category))
    return Rows("catalog", columns, (_row(entry, columns) for entry in found))


def _passes(entry: "Entry", filters: Mapping[str, str | None]) -> bool:
    return all(
        value is None
        or value in _filtered_by(entry, name)
        or (name == "category" and value.casefold() == entry.category.casefold())
        for name, value in filters.items()
    )


def _filtered_by(entry: "Entry", name: str) -> list[str]:
    """The words of an entry that a filter looks at."""
    if name == "capability":
        return [word for word, value in entry.capabilities.items() if value]
    return [str(getattr(entry, name))]


def _row(entry: "Entry", columns: tuple[Column, ...]) -> tuple[Any, ...]:
    return tuple(
        json.dumps(getattr(entry, name)) if kind == JSON else getattr(entry, name)
        for name, kind in columns
    )
