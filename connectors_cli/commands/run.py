"""`connectors run`: a program with the credentials of connectors."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import Only, Prefix
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError

app = typer.Typer()
MASKS = ("auto", "always", "never")


@app.command()
def run(
    ctx: typer.Context,
    names: Annotated[
        str,
        typer.Argument(
            metavar="NAME[,NAME...]", help="Connectors.", autocompletion=connector_names
        ),
    ],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="The program.")],
    prefix: Prefix = None,
    only: Only = None,
    clean_env: Annotated[
        bool, typer.Option("--clean-env", help="Hand on nothing of this environment but basics.")
    ] = False,
    mask: Annotated[
        str,
        typer.Option(
            "--mask",
            help="Mask credentials in the output: always, never, or auto (when piped).",
            autocompletion=lambda: list(MASKS),
        ),
    ] = "auto",
) -> int:
    """Run a program with connectors' settings and credentials as environment variables."""
    from connectors_cli.services import uses

    if mask not in MASKS:
        raise UsageError(f"no mask {mask[:20]!r}", hint=f"one of {', '.join(MASKS)}")
    state = run_of(ctx)
    chosen = uses.Choice(tuple(names.split(",")), prefix, tuple(only or ()))
    values, secrets = uses.prepare(state.existing_reader(), state.settings, chosen)
    environ = uses.child_environment(state.environ, values, clean=clean_env)
    return _start(command, environ, secrets, mask)


def _start(command: list[str], environ: dict[str, str], secrets: tuple[str, ...], mask: str) -> int:
    import os
    import sys

    from connectors_cli import child
    from connectors_cli.context import is_terminal

    piped = not (is_terminal(sys.stdout) and is_terminal(sys.stderr))
    masked = mask == "always" or (mask == "auto" and piped)
    if not masked and os.name == "posix":
        child.replace(command, environ)
    return child.run(command, environ, secrets, masked)
