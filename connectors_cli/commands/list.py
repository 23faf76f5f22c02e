"""`connectors list`: the installed connectors."""

from typing import Annotated

import typer

from connectors_cli import filters, reader
from connectors_cli.commands.parameters import Capability, Tag, TypeKey, note_unknown
from connectors_cli.context import run_of
from connectors_cli.rows import Rows

app = typer.Typer()


@app.command("list")
def list_(
    ctx: typer.Context,
    type_key: TypeKey = None,
    status: Annotated[
        str | None, typer.Option(help="Only these: active, inactive, error or unreadable.")
    ] = None,
    tag: Tag = None,
    capability: Capability = None,
    removed: Annotated[
        bool, typer.Option("--removed", help="The removed ones, which can be restored.")
    ] = False,
) -> Rows:
    """List the installed connectors: cards on a terminal, TSV in a pipe."""
    run = run_of(ctx)
    columns = run.columns("removed" if removed else "connector")
    db = run.reader()
    wanted = {"type": type_key, "status": status, "tag": tag, "capability": capability}
    wanted = filters.resolved(db, wanted)
    if db is None:
        return run.nothing("removed" if removed else "connector")
    read = reader.list_removed if removed else reader.list_installed
    return note_unknown(run, db, read(db, run.settings.tenant, columns, **wanted), capability)
