"""The command `whoami`: the current user, role, tenant and store."""

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.handlers import whoami as handler
from connectors_cli.cli.options import examples
from connectors_cli.services.output import Document

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors whoami",
        "connectors whoami --tenant acme --json",
    )
)
def whoami(ctx: typer.Context) -> Document:
    """Show the current user, role, tenant and store."""
    return handler.whoami(context_of(ctx))
