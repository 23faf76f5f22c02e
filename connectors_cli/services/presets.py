"""Presets: named settings of a type to start a connector with; never credentials."""

from datetime import UTC, datetime

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.fields import flow_fields
from connectors_cli.forms.secrets import secret_properties
from connectors_cli.services import connector_row
from connectors_cli.services.names import check_name, check_new_name
from connectors_cli.services.output import Document
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.orm.session import session_on
from connectors_cli.store.orm.tables import Preset
from connectors_cli.store.read.presets import no_preset
from connectors_cli.system.text import composed


def save_preset(ws: Workspace, name: str, connector: str, *, commit: bool = True) -> Document:
    """Save a connector's settings as a preset, replacing one of that name; raises NotFound."""
    name = check_name(name)
    with ws.change(Action.PRESET_SAVE, name, commit=commit) as db, session_on(db) as session:
        row = connector_row.find(db, ws, connector)
        entry = ws.entry(db, connector_row.type_key(db, row))
        left_out = {*secret_properties(entry.config_schema), *flow_fields(entry)}
        config = {field: value for field, value in row.config.items() if field not in left_out}
        there = session.get(Preset, (ws.tenant, composed(name)))
        if there is None:
            check_new_name(name)
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
    """Remove a preset; connectors that started with it are unchanged. Raises NotFound."""
    with ws.change(Action.PRESET_REMOVE, name, commit=commit) as db, session_on(db) as session:
        row = session.get(Preset, (ws.tenant, composed(name)))
        if row is None:
            raise no_preset(name)
        session.delete(row)
    return Document(name, {"name": name, "change": "removed", "dry_run": not commit})
