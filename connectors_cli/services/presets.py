"""Presets: named settings of a type, to begin a connector with; never credentials."""

from datetime import UTC, datetime

from connectors_cli import records
from connectors_cli.access import Action
from connectors_cli.catalog.describing import is_filled_by_flow
from connectors_cli.forms.secrets import secret_properties
from connectors_cli.names import check_name
from connectors_cli.preset_rows import no_preset
from connectors_cli.results import Document
from connectors_cli.tables import Preset
from connectors_cli.workspace import Workspace


def save_preset(ws: Workspace, name: str, connector: str, *, commit: bool = True) -> Document:
    """Keep a connector's settings under a name, in the place of what was there; NotFound."""
    name = check_name(name)
    with ws.change(Action.PRESET_SAVE, name, commit=commit) as session:
        row = records.find(session, ws, connector)
        entry = ws.entry(session, records.type_key(session, row))
        properties = entry.config_schema.get("properties", {})
        left_out = {*secret_properties(entry.config_schema)}
        left_out |= {field for field, inner in properties.items() if is_filled_by_flow(inner)}
        config = {field: value for field, value in row.config.items() if field not in left_out}
        there = session.get(Preset, (ws.tenant, name))
        same = there is not None and (there.catalog_id, there.config) == (row.catalog_id, config)
        change = "unchanged" if same else "saved"
        if not same:
            session.merge(
                Preset(
                    tenant_id=ws.tenant,
                    name=name,
                    catalog_id=row.catalog_id,
                    config=config,
                    created_by_email=ws.actor.email,
                    created_at=datetime.now(UTC),
                )
            )
    values = {"name": name, "catalog_key": entry.key, "config": config}
    return Document(name, {**values, "change": change, "dry_run": not commit})


def remove_preset(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Remove a preset; connectors that began with it stay as they are. NotFound."""
    with ws.change(Action.PRESET_REMOVE, name, commit=commit) as session:
        row = session.get(Preset, (ws.tenant, name))
        if row is None:
            raise no_preset(name)
        session.delete(row)
    return Document(name, {"name": name, "change": "removed", "dry_run": not commit})
