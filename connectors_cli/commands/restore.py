"""`connectors restore`: removed connectors come back, or the whole store from a backup."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import removed_names
from connectors_cli.commands.parameters import DryRun
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Change, Document

app = typer.Typer()


@app.command()
def restore(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="The removed connector's name or id.", autocompletion=removed_names),
    ] = None,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Bring it back under this name.")
    ] = None,
    backup: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE", help="Put a backup in the whole store's place."),
    ] = None,
    dry_run: DryRun = False,
) -> Change | Document:
    """Bring back the connector that was removed last under this name, or a backup of all."""
    if (name is None) == (backup is None):
        raise UsageError(
            "name a removed connector, or a backup with --from",
            hint="see `connectors list --removed`",
        )
    run = run_of(ctx)
    if backup is not None:
        from connectors_cli import restoring  # what writes: not for --help and completion

        if rename is not None:
            raise UsageError("--rename is for a connector, and not for a backup")
        return restoring.restore(run, backup, dry_run=dry_run)
    from connectors_cli import authorizing
    from connectors_cli.services import connectors

    ws = run.existing_workspace()
    done = connectors.restore_connector(ws, str(name), rename=rename, commit=not dry_run)
    return authorizing.noted(run, done)
