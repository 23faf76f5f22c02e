"""`connectors restore`: removed connectors come back."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import DryRun, removed_names, run_of
from connectors_cli.results import Change

app = typer.Typer()


@app.command()
def restore(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="The removed connector's name or id.", autocompletion=removed_names),
    ],
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Bring it back under this name.")
    ] = None,
    dry_run: DryRun = False,
) -> Change:
    """Bring back the connector that was removed last under this name."""
    from connectors_cli.services import connectors  # what writes: not for --help and completion

    ws = run_of(ctx).existing_workspace()
    return connectors.restore_connector(ws, name, rename=rename, commit=not dry_run)
