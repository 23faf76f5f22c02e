"""`connectors doctor`: what is wrong, and the command that helps."""

from typing import Annotated

import typer

from connectors_cli.context import run_of
from connectors_cli.diagnosis.findings import Diagnosis

app = typer.Typer()


@app.command()
def doctor(
    ctx: typer.Context,
    redacted: Annotated[
        bool,
        typer.Option("--redacted", help="Without names, addresses and paths: fit to be pasted."),
    ] = False,
) -> Diagnosis:
    """Look for what is wrong: store, files, keys, clock. Nothing is changed or sent.

    Exit code 1 when something failed; warnings alone are 0.
    """
    from connectors_cli.diagnosis.examining import (
        examine,
    )  # what looks: not for --help and completion

    return examine(run_of(ctx).settings, redacted=redacted)
