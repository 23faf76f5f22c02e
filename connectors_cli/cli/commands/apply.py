"""The command `apply`: create, update and remove connectors as a file declares them."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import AllowCommands, DryRun, Passphrase, TrustCost, examples
from connectors_cli.services.results import Plan

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors apply -f connectors.yaml --dry-run",
        "connectors apply -f connectors.yaml --prune --yes",
    )
)
def apply(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Option(
            "-f",
            "--file",
            metavar="FILE",
            help="A YAML, JSON or TOML file, or a folder of them; - is stdin.",
        ),
    ],
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Also remove connectors with the file's owner label that it does not contain.",
        ),
    ] = False,
    allow_plain: Annotated[
        bool, typer.Option("--allow-plain", help="Accept secrets as plain text in the file.")
    ] = False,
    allow_commands: AllowCommands = False,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help="With --dry-run: exit with code 10 if anything would change."
        ),
    ] = False,
    passphrase: Passphrase = None,
    trust_cost: TrustCost = False,
    dry_run: DryRun = False,
) -> Plan:
    """Apply a file of connectors: create, update, and with --prune remove.

    Shows the plan first. Either every change is made or none.
    """
    from connectors_cli.cli.handlers import transfer  # slow to import; not for --help

    return transfer.apply(
        context_of(ctx),
        file,
        prune,
        allow_plain,
        allow_commands,
        exit_code,
        passphrase,
        trust_cost,
        dry_run,
    )
