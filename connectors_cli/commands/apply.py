"""`connectors apply`: the store as a file has it."""

from typing import Annotated

import typer

from connectors_cli.commands.parameters import DryRun, Passphrase
from connectors_cli.context import run_of
from connectors_cli.results import Plan

app = typer.Typer()


@app.command()
def apply(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Option(
            "-f", "--file", metavar="FILE", help="YAML, JSON or TOML; a folder of them; - is stdin."
        ),
    ],
    prune: Annotated[
        bool,
        typer.Option(
            "--prune", help="Remove what carries the file's owner label and is not in it."
        ),
    ] = False,
    allow_plain: Annotated[
        bool, typer.Option("--allow-plain", help="Take secrets that are written out.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --dry-run: exit 10 when there are changes.")
    ] = False,
    passphrase: Passphrase = None,
    dry_run: DryRun = False,
) -> Plan:
    """Create and update connectors as a file declares them: the plan first, then all or nothing."""
    from connectors_cli import provisioning  # what writes: not for --help and completion

    options = provisioning.ApplyOptions(prune, dry_run, exit_code, allow_plain, passphrase)
    return provisioning.apply(run_of(ctx), file, options)
