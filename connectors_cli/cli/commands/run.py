"""The command `run`: a program with connectors' values in its environment."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.handlers import values
from connectors_cli.cli.options import ForTool, Only, Prefix, examples

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors run blog -- ./publish.sh",
        "connectors run blog,newsletter --clean-env -- python publish.py",
        "connectors run media --for rclone -- rclone ls :s3:bucket",
    )
)
def run(
    ctx: typer.Context,
    names: Annotated[
        str,
        typer.Argument(
            metavar="NAME[,NAME...]",
            help="Names or ids of connectors.",
            autocompletion=connector_names,
        ),
    ],
    command: Annotated[
        list[str],
        typer.Argument(metavar="-- COMMAND...", help="Program to run, and its arguments."),
    ],
    prefix: Prefix = None,
    only: Only = None,
    tool: ForTool = None,
    files: Annotated[
        list[str] | None,
        typer.Option(
            "--file",
            metavar="FIELD",
            help="Give this field as a temporary file: its variable is the path.",
        ),
    ] = None,
    clean_env: Annotated[
        bool,
        typer.Option(
            "--clean-env",
            help="Start the program with a clean environment (PATH, HOME, LANG ... only).",
        ),
    ] = False,
    mask: Annotated[
        str,
        typer.Option(
            "--mask",
            help="Mask credentials in the output: always, never, or auto (if piped).",
            autocompletion=lambda: list(values.MASKS),
        ),
    ] = "auto",
) -> int:
    """Run a program with connectors' values as environment variables."""
    return values.run(context_of(ctx), names, command, prefix, only, files, clean_env, mask, tool)
