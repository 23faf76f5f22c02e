"""`connectors init`: the store, the tenant and its key."""

import typer

from connectors_cli.context import run_of
from connectors_cli.results import Document

app = typer.Typer()


@app.command()
def init(ctx: typer.Context) -> Document:
    """Make the store, the tenant and its key, each only where it is not there yet."""
    from connectors_cli.services import tenants

    run = run_of(ctx)
    return Document("store", tenants.init(run.settings))
