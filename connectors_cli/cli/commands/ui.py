"""The command `ui`: the full-screen interface."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import one_of
from connectors_cli.cli.handlers import ui as handler
from connectors_cli.cli.options import examples

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors ui",
        "connectors ui --tab installed --tenant acme",
    )
)
def ui(
    ctx: typer.Context,
    tab: Annotated[
        str,
        typer.Option(
            "--tab",
            help="The tab to begin with: catalog, installed or activity.",
            autocompletion=one_of(*handler.TABS),
        ),
    ] = "catalog",
) -> int:
    """Browse, install and manage connectors on a full screen."""
    return handler.ui(context_of(ctx), tab)
