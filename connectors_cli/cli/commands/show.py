"""The command `show`: one connector."""

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.handlers import connectors
from connectors_cli.cli.options import Name, examples
from connectors_cli.store.read.rows import Rows

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors show blog",
        "connectors show blog --json",
    )
)
def show(ctx: typer.Context, name: Name) -> Rows:
    """Show one connector.

    Lists the names of its credentials, never their values.
    """
    return connectors.show(context_of(ctx), name)
