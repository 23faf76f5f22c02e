"""The command `doctor`: problems of the installation, each with a remedy."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import examples
from connectors_cli.services.doctor.findings import Diagnosis

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors doctor",
        "connectors doctor --redacted --json",
    )
)
def doctor(
    ctx: typer.Context,
    redacted: Annotated[
        bool,
        typer.Option(
            "--redacted", help="Leave out names, addresses and paths, to paste it in a report."
        ),
    ] = False,
) -> Diagnosis:
    """Check the store, keys, files and clock for problems.

    Changes nothing and sends nothing. Exit code 1 if a check fails; 0 with warnings only.
    """
    from connectors_cli.cli.handlers import store  # slow to import; not for --help

    return store.doctor(context_of(ctx), redacted)
