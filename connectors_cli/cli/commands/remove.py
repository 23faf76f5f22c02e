"""The command `remove`: remove connectors, or delete them permanently."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import DryRun, Names, examples
from connectors_cli.services.results import Batch

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors remove blog",
        "connectors remove blog newsletter --purge --yes",
    )
)
def remove(
    ctx: typer.Context,
    names: Names,
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete permanently, with the credentials.")
    ] = False,
    no_revoke: Annotated[
        bool, typer.Option("--no-revoke", help="Do not revoke tokens at the services.")
    ] = False,
    dry_run: DryRun = False,
) -> Batch:
    """Remove connectors; `restore` brings them back.

    Their names can be used again at once.
    """
    from connectors_cli.cli.handlers import removal  # slow to import; not for --help

    return removal.remove(context_of(ctx), names, purge, no_revoke, dry_run)
