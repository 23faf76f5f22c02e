"""`connectors remove`: soft, or for good with --purge."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import DryRun, Names
from connectors_cli.context import run_of
from connectors_cli.results import Batch

app = typer.Typer()


@app.command()
def remove(
    ctx: typer.Context,
    names: Names,
    purge: Annotated[
        bool, typer.Option("--purge", help="Erase for good, with the credentials.")
    ] = False,
    no_revoke: Annotated[
        bool, typer.Option("--no-revoke", help="Leave tokens good at the services.")
    ] = False,
    dry_run: DryRun = False,
) -> Batch:
    """Remove connectors. Their names are free at once; `restore` brings them back."""
    from connectors_cli import authorizing, confirming
    from connectors_cli.services import connectors  # what writes: not for --help and completion

    run = run_of(ctx)
    if purge and not dry_run:
        confirming.confirm(run, f"Erase {', '.join(names)} for good?")
    act = connectors.purge_connector if purge else connectors.delete_connector
    act = act if no_revoke else authorizing.taking_back(act)
    return connectors.each(run.existing_workspace(), names, act, commit=not dry_run)
