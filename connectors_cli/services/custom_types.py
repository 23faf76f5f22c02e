"""Types of one's own: made of a catalog entry or any JSON Schema, added and removed."""

from typing import Any

from sqlmodel import Session, func, select

from connectors_cli import catalog
from connectors_cli.access import Action
from connectors_cli.catalog import Entry, fields
from connectors_cli.catalog_rows import new_row
from connectors_cli.errors import Conflict, InvalidInput, Problem, UsageError
from connectors_cli.results import Document
from connectors_cli.tables import CatalogRow, Connector, Preset
from connectors_cli.workspace import Workspace


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
        _refuse_in_use(session, ws, row)
        entry = catalog.entry_of(row.model_dump())
        session.delete(row)
    return _changed(entry, "removed", commit)


def _refuse_in_use(session: Session, ws: Workspace, row: CatalogRow) -> None:
    """Raise Conflict while something is of a type; what others have is not named or counted."""
    own = select(func.count()).where(
        Connector.catalog_id == row.id, Connector.tenant_id == ws.tenant
    )
    if count := session.exec(own).one():
        raise Conflict(
            f"{count} connectors of type {row.key} are installed or can be restored",
            hint="erase them first with `connectors remove NAME --purge`",
        )
    preset = select(Preset.name).where(Preset.catalog_id == row.id, Preset.tenant_id == ws.tenant)
    if name := session.exec(preset).first():
        raise Conflict(
            f"the preset {name!r} is of type {row.key}",
            hint=f"connectors preset remove {name}",
        )
    for table in (Connector, Preset):  # of any tenant: the type is everybody's
        if session.exec(select(table.name).where(table.catalog_id == row.id)).first():
            raise Conflict(f"the type {row.key} is in use elsewhere in this store")


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
