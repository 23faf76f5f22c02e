"""What is shown of connector types: searched, described, as schema, as example."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlmodel import func, select

from connectors_cli import catalog, reader
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import fields, matches
from connectors_cli.catalog.examples import example
from connectors_cli.database import Database
from connectors_cli.errors import NotFound, UsageError
from connectors_cli.reader import JSON, Column, Rows
from connectors_cli.results import Document

_PARTS = ("config", "auth", "all")


def find_entry(key: str, open_reader: Callable[[], Database | None]) -> Entry:
    """Return a type by key or alias: a built-in one, else a custom one of the store."""
    try:
        return catalog.load(key)
    except NotFound:
        db = open_reader()
        row = reader.catalog_entry(db, key) if db else None
        if row is None or row["source"] != "custom":
            raise
        return _entry_of(row)


def search(
    db: Database | None,
    columns: tuple[Column, ...],
    text: str,
    filters: Mapping[str, str | None],
) -> Rows:
    """Return the types that a search finds, aliases included; without a store the built-in ones."""
    found = (entry for entry in _entries(db) if matches(entry, text) and _passes(entry, filters))
    return Rows("catalog", columns, (_row(entry, columns) for entry in found))


def describe(entry: Entry, *, verbose: bool) -> Document:
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
        "fields": [{**asdict(info), "supplied_by": info.supplied_by} for info in fields(entry)],
    }
    if verbose:
        values |= {
            "notes": entry.notes,
            "unconfirmed": list(entry.unconfirmed),
            "sources": list(entry.sources),
        }
    return Document(entry.name, values)


def schema_text(entry: Entry, part: str) -> str:
    """Return a type's schema as JSON text; UsageError for an unknown part."""
    if part not in _PARTS:
        raise UsageError(f"no part {part[:20]!r}", hint=f"one of {', '.join(_PARTS)}")
    schemas = {"config": entry.config_schema, "auth": entry.auth_schema}
    return json.dumps(schemas if part == "all" else schemas[part], indent=2)


def example_text(entry: Entry, output: str | None) -> str:
    """Return a file ready to edit, as YAML or, where it is asked for, JSON."""
    document = example(entry)
    if output in {"json", "jsonl"}:
        return json.dumps(document, indent=2)
    return _yaml(document, entry)


def custom_entry(
    document: Any, where: str, key: str | None, name: str | None, auth_type: str
) -> Entry:
    """Return the entry that a file describes: an entry as it is, or one made of a schema.

    Raises UsageError for a schema without a key, InvalidInput and InvalidSchema.
    """
    if isinstance(document, dict) and "config_schema" in document and "auth_schema" in document:
        entry = catalog.parse_entry(document, "custom", where)
        _refuse_problems(catalog.lint(document), where)
        return entry
    if key is None:
        raise UsageError(
            f"{where} is a schema and not a catalog entry: its key is missing",
            hint="add --key KEY (and --name NAME, --auth-type api_key|basic|none)",
        )
    return catalog.from_schema(document, key, name or key, auth_type)


def add_type(ws: Workspace, entry: Entry, *, commit: bool = True) -> Document:
    """Register a custom type; the same one again changes nothing. Conflict for a key in use."""
    if entry.key in catalog.builtin():
        raise Conflict(f"{entry.key} is a built-in type", hint="choose another key")
    change = "added"
    with ws.change(Action.CATALOG_ADD, entry.key, commit=commit) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == entry.key)).first()
        if row is None:
            session.add(new_row(entry))
        elif row.digest == entry.digest:
            change = "unchanged"
        else:
            raise Conflict(
                f"{entry.key} is there already, and other than this file",
                hint=f"connectors catalog remove {entry.key}, or choose another key",
            )
    return _changed(entry, change, commit)


def remove_type(ws: Workspace, key: str, *, commit: bool = True) -> Document:
    """Remove a custom type; NotFound, and Conflict while connectors of it are there."""
    with ws.change(Action.CATALOG_REMOVE, key, commit=commit) as session:
        row = session.exec(select(CatalogRow).where(CatalogRow.key == key)).first()
        if row is None:
            raise catalog.unknown(key, ())
        if row.source != "custom":
            raise Conflict(f"{key} is built in and cannot be removed")
        used = select(func.count()).where(Connector.catalog_id == row.id)
        if count := session.exec(used).one():
            raise Conflict(
                f"{count} connectors of type {key} are installed or can be restored",
                hint="erase them first with `connectors remove NAME --purge`",
            )
        entry = entry_of(row.model_dump())
        session.delete(row)
    return _changed(entry, "removed", commit)


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


def _refuse_problems(problems: tuple[Problem, ...], where: str) -> None:
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"{where}: {first.dotted}: {first.message}",
            hint=f"connectors catalog lint {where}",
            details=problems,
        )


def _changed(entry: Entry, change: str, commit: bool) -> Document:
    infos = fields(entry)
    return Document(
        entry.name,
        {
            "key": entry.key,
            "name": entry.name,
            "change": change,
            "dry_run": not commit,
            "config_fields": [info.name for info in infos if info.part == "config"],
            "auth_fields": [info.name for info in infos if info.part == "auth"],
        },
    )


def _yaml(document: dict[str, Any], entry: Entry) -> str:
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap

    lines = CommentedMap(document)
    for part in ("config", "auth"):
        lines[part] = CommentedMap(document[part])
    for info in fields(entry):
        if info.name in lines[info.part]:
            text = ". ".join(filter(None, (info.title, info.description.rstrip("."))))
            lines[info.part].yaml_set_comment_before_after_key(info.name, text, indent=2)
    lines.yaml_set_start_comment(
        f"{entry.name}: edit, then `connectors install --from-file FILE`\n"
        "A secret is a reference: {env: VARIABLE}, {file: PATH} or {cmd: COMMAND}"
    )
    yaml, text_io = YAML(), StringIO()
    yaml.width = 100
    yaml.dump(lines, text_io)
    return text_io.getvalue()


def _entries(db: Database | None) -> Iterator[Entry]:
    known = dict(catalog.builtin())
    if db is not None:
        for (key,) in reader.list_catalog(db, (("key", reader.TEXT),)).rows:
            row = reader.catalog_entry(db, key) if key not in known else None
            if row is not None:
                known[key] = _entry_of(row)
    return (known[key] for key in sorted(known))


def _entry_of(row: Mapping[str, Any]) -> Entry:
    from connectors_cli.workspace import entry_of  # the ORM: only where there is a custom type

    return entry_of(row)


def _passes(entry: Entry, filters: Mapping[str, str | None]) -> bool:
    wanted = {name: value for name, value in filters.items() if value is not None}
    capability = wanted.pop("capability", None)
    if capability is not None and not entry.capabilities.get(capability):
        return False
    return all(
        str(getattr(entry, name)).casefold() == value.casefold() for name, value in wanted.items()
    )


def _row(entry: Entry, columns: tuple[Column, ...]) -> tuple[Any, ...]:
    return tuple(
        json.dumps(getattr(entry, name)) if kind == JSON else getattr(entry, name)
        for name, kind in columns
    )
