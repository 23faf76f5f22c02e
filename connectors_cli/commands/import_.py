"""`connectors import`: the connectors of an exported file."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import DryRun, Passphrase
from connectors_cli.context import run_of
from connectors_cli.results import Plan

app = typer.Typer()


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="An exported file; - is standard input.")],
    on_conflict: Annotated[
        str,
        typer.Option(
            "--on-conflict", help="When a name is there: fail, skip, overwrite or rename."
        ),
    ] = "fail",
    passphrase: Passphrase = None,
    dry_run: DryRun = False,
) -> Plan:
    """Add the connectors of a file to this tenant, all or nothing."""
    from connectors_cli import provisioning  # what writes: not for --help and completion

    options = provisioning.ImportOptions(on_conflict, dry_run, passphrase)
    return provisioning.import_(run_of(ctx), file, options)
