"""The command `import`: connectors from an exported file."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import one_of
from connectors_cli.cli.options import DryRun, Passphrase, TrustCost, examples
from connectors_cli.services.results import Plan

app = typer.Typer()


@app.command(
    "import",
    epilog=examples(
        "connectors import connectors.yaml --dry-run",
        "connectors import connectors.yaml --on-conflict rename",
    ),
)
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A file written by `export`; - is stdin.")],
    on_conflict: Annotated[
        str,
        typer.Option(
            "--on-conflict",
            help="If a name is taken: fail, skip, overwrite or rename.",
            autocompletion=one_of("fail", "skip", "overwrite", "rename"),
        ),
    ] = "fail",
    passphrase: Passphrase = None,
    trust_cost: TrustCost = False,
    dry_run: DryRun = False,
) -> Plan:
    """Add the connectors of an exported file.

    Either all of them are added to the current tenant or none.
    """
    from connectors_cli.cli.handlers import transfer  # slow to import; not for --help

    return transfer.import_(
        context_of(ctx),
        file,
        on_conflict,
        passphrase,
        trust_cost,
        dry_run,
    )
