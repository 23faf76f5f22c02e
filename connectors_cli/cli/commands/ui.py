"""The command `ui`: the full-screen interface."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import one_of
from connectors_cli.cli.options import examples
from connectors_cli.errors import UsageError

app = typer.Typer()
TABS = ("catalog", "installed", "activity")


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
            autocompletion=one_of(*TABS),
        ),
    ] = "catalog",
) -> int:
    """Browse, install and manage connectors on a full screen."""
    context = context_of(ctx)
    if tab not in TABS:
        raise UsageError(f"unknown tab {tab[:20]!r}", hint=f"one of {', '.join(TABS)}")
    context.close_reader()
    from connectors_cli.ui.run import run_interface

    return run_interface(context.settings, tab)
