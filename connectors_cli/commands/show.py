"""`connectors show`: one connector."""

import typer

from connectors_cli import reader
from connectors_cli.commands.parameters import Name
from connectors_cli.context import run_of
from connectors_cli.rows import Rows

app = typer.Typer()


@app.command()
def show(ctx: typer.Context, name: Name) -> Rows:
    """Show one connector, by name or id; its credentials are named and never shown."""
    run = run_of(ctx)
    columns = run.columns("connector", single=True)
    db = run.reader()
    if db is None:
        run.nothing("connector")
        raise reader.no_connector(name)
    return reader.show_connector(db, run.settings.tenant, name, columns)
