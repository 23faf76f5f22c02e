"""Names and fields that a line lacks, picked from a list at a terminal."""

from __future__ import annotations

from connectors_cli.store.read import connectors
from connectors_cli.store.read.rows import JSON, TEXT, only_row

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext


def pick_name(context: CommandContext) -> str:
    """Let the person pick an installed connector; raises NotFound if there is none."""
    from connectors_cli.cli.prompts import ask

    db = context.existing_reader()
    columns = (("name", TEXT), ("catalog_key", TEXT), ("status", TEXT))
    rows = connectors.list_installed(db, context.settings.tenant, columns).rows
    installed = [(str(name), str(kind), str(status)) for name, kind, status in rows]
    name = ask.pick_connector(installed, color=context.color)
    context.close_reader()
    return name


def fields_of(context: CommandContext, name: str, *, credentials: bool) -> list[str]:
    """Return the fields of a connector that have a value, settings first; raises NotFound."""
    columns = (("config", JSON), ("auth_fields", JSON))
    tenant = context.settings.tenant
    row = only_row(connectors.show_connector(context.existing_reader(), tenant, name, columns))
    context.close_reader()
    return [*(row["config"] or ()), *((row["auth_fields"] or ()) if credentials else ())]


def pick_field(context: CommandContext, name: str, fields: list[str]) -> str:
    """Let the person pick one of a connector's fields."""
    from connectors_cli.cli.prompts import ask

    return ask.pick_field(name, fields, color=context.color)
