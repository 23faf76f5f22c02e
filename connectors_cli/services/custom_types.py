"""Custom types: from a catalog entry or any JSON Schema, added and removed."""

from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.custom import from_schema
from connectors_cli.catalog.entry import Entry, entry_of, parse_entry
from connectors_cli.catalog.fields import fields
from connectors_cli.catalog.files import paths
from connectors_cli.catalog.lint import lint
from connectors_cli.catalog.read import unknown, with_alias
from connectors_cli.errors import Conflict, InvalidInput, Problem, UsageError
from connectors_cli.forms.contradictions import contradictions
from connectors_cli.services import replace_type as replacement
from connectors_cli.services.output import Document
from connectors_cli.services.replace_type import some
from connectors_cli.services.sealed_type import stored_type
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.connectors import catalog_entry
from connectors_cli.store.read.database import Database
from connectors_cli.store.write import statements
from connectors_cli.store.write.catalog import add_entry
from connectors_cli.store.write.rows import execute
from connectors_cli.system.text import command_line

MOST_FIELDS = 1000
"""The most fields of a type, inner ones included."""


def custom_entry(
    document: Any, where: str, key: str | None, name: str | None, auth_type: str
) -> Entry:
    """Return the entry that a file contains, or one generated from its schema.

    Raises:
        UsageError: the file is a schema, and no `key` is given.
        Conflict: the key is that of a built-in type.
        InvalidInput, InvalidSchema: the entry or schema is not valid, or has too many fields.
    """
    is_entry = (
        isinstance(document, dict) and "config_schema" in document and "auth_schema" in document
    )
    wanted = document.get("key") if is_entry else key
    if isinstance(wanted, str):
        _refuse_built_in(wanted)
    _refuse_large(document, where)
    if is_entry:
        entry = parse_entry(document, "custom", where)
        _refuse_problems(lint(document), where)
        return entry
    if key is None:
        raise UsageError(
            f"{where} is a schema, not a catalog entry, and needs a key",
            hint="add --key KEY (and --name NAME, --auth-type api_key|basic|none)",
        )
    return from_schema(document, key, name or key, auth_type)


def contradictions_of(entry: Entry) -> list[str]:
    """Return what in the schemas of a type no value can satisfy, each with its place."""
    return [
        f"{part}: {problem.dotted} {problem.message}"
        for part, schema in (("config", entry.config_schema), ("auth", entry.auth_schema))
        for problem in contradictions(schema)
    ]


def add_type(ws: Workspace, entry: Entry, *, commit: bool = True) -> Document:
    """Add a custom type; an equal one changes nothing. Raises Conflict for a key in use."""
    _refuse_built_in(entry.key)
    change = "added"
    with ws.change(Action.CATALOG_ADD, entry.key, commit=commit) as db:
        before = _own_type(db, ws, entry.key)
        if before is None:
            add_entry(db, entry, ws.tenant)
        elif before.digest == entry.digest:
            change = "unchanged"
        else:
            raise Conflict(
                f"a different type {entry.key} exists",
                hint="to correct it, add --replace; or choose another key",
            )
    return _changed(entry, change, commit)


def replace_type(
    ws: Workspace, entry: Entry, *, to_new_host: bool = False, commit: bool = True
) -> Document:
    """Add a custom type, or replace the one with its key; its connectors keep their credentials.

    Raises what `replace_type.replace_type` does; then nothing is changed.
    """
    _refuse_built_in(entry.key)
    details: dict[str, Any] = {"change": "added"}
    noted: dict[str, Any] = {}
    with ws.change(Action.CATALOG_ADD, entry.key, details, commit=commit, needs_key=True) as db:
        before = _own_type(db, ws, entry.key)
        if before is None:
            add_entry(db, entry, ws.tenant)
        elif before.digest == entry.digest:
            details["change"] = "unchanged"
        else:
            count = replacement.replace_type(db, ws, entry, to_new_host=to_new_host, commit=commit)
            details |= {"change": "replaced", "connectors": count}
            noted = {"changes": replacement.changes(before, entry), "connectors": count}
    return _changed(entry, details["change"], commit, noted)


def _own_type(db: Database, ws: Workspace, key: str) -> Entry | None:
    """Return the tenant's own type with a key; raises Tampered for one that cannot be read."""
    sql = "SELECT id FROM connector_catalog WHERE key = ? AND tenant_id = ?"
    row = db.one(sql, (key, ws.tenant))
    return stored_type(db, row[0]).entry() if row else None


def remove_type(ws: Workspace, key: str, *, commit: bool = True) -> Document:
    """Remove a custom type; raises NotFound, and Conflict while connectors use it."""
    with ws.change(Action.CATALOG_REMOVE, key, commit=commit) as db:
        row = catalog_entry(db, ws.tenant, key)
        own = row is not None and row["source"] == "custom"
        if not own and key in paths():
            raise Conflict(f"{key} is a built-in type and cannot be removed")
        if row is None or not own:
            raise unknown(key, ())
        entry = entry_of(row)
        _refuse_in_use(db, ws.tenant, key, row["id"])
        execute(db, statements.DELETE_TYPE, {"tenant_id": ws.tenant, "id": row["id"]})
    return _changed(entry, "removed", commit)


def _refuse_built_in(key: str) -> None:
    if key in paths():
        raise Conflict(f"{key} is a built-in type", hint="choose another key")
    if (entry := with_alias(key)) is not None:
        raise Conflict(
            f"{key} is another name of the built-in type {entry.key}", hint="choose another key"
        )


def _refuse_large(document: Any, where: str) -> None:
    """Raise InvalidInput for more fields than can be checked in reasonable time."""
    count, left = 0, [document]
    while left:
        found = left.pop()
        if isinstance(found, dict) and isinstance(found.get("properties"), dict):
            count += len(found["properties"])
        if isinstance(found, dict | list):
            left += found.values() if isinstance(found, dict) else found
    if count > MOST_FIELDS:
        raise InvalidInput(f"{where}: has {count} fields; a type has at most {MOST_FIELDS}")


def _refuse_in_use(db: Database, tenant: str, key: str, type_id: str) -> None:
    """Raise Conflict while a type is in use."""
    sql = (
        "SELECT name, deleted_at FROM connectors WHERE catalog_id = ? AND tenant_id = ?"
        " ORDER BY deleted_at IS NOT NULL, name LIMIT 100"
    )
    found = [
        (str(name), deleted_at is not None) for name, deleted_at in db.rows(sql, (type_id, tenant))
    ]
    if found:
        names = [f"{name} (removed, but restorable)" if gone else name for name, gone in found]
        raise Conflict(
            f"the type {key} is used by {some(names)}",
            hint=f"to correct it: connectors catalog add FILE --replace; to delete its connectors"
            f" permanently: {command_line('remove', found[0][0], '--purge')}",
        )
    named = "SELECT name FROM presets WHERE catalog_id = ? AND tenant_id = ? ORDER BY name"
    preset = db.one(named, (type_id, tenant))
    if preset:
        raise Conflict(
            f"the preset {preset[0]!r} is of type {key}",
            hint=command_line("preset", "remove", preset[0]),
        )


def _refuse_problems(problems: tuple[Problem, ...], where: str) -> None:
    if problems:
        first = problems[0]
        raise InvalidInput(
            f"{where}: {first.dotted}: {first.message}",
            hint=command_line("catalog", "lint", where),
            details=problems,
        )


def _changed(
    entry: Entry, change: str, commit: bool, more: dict[str, Any] | None = None
) -> Document:
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
            **(more or {}),
        },
    )
