"""`connectors list`: the installed connectors."""

from typing import Annotated

import typer

from connectors_cli import reader
from connectors_cli.commands.parameters import Capability, Tag, TypeKey, run_of
from connectors_cli.rows import Rows

app = typer.Typer()


@app.command("list")
def list_(
    ctx: typer.Context,
    type_key: TypeKey = None,
    status: Annotated[
        str | None, typer.Option(help="Only connectors that are active, inactive or in error.")
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
    if db is None:
        return run.nothing("removed" if removed else "connector")
    read = reader.list_removed if removed else reader.list_installed
    filters = {"type": type_key, "status": status, "tag": tag, "capability": capability}
    return read(db, run.settings.tenant, columns, **filters)
