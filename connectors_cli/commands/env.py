"""`connectors env`: connectors' values as variables, for a shell or a file."""

import sys
from typing import Annotated

import typer

from connectors_cli.commands.parameters import Names, Only, Prefix
from connectors_cli.context import is_terminal, run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Text

app = typer.Typer()
NAMES = ("sh", "fish", "powershell", "dotenv", "docker", "json", "github")


@app.command()
def env(
    ctx: typer.Context,
    names: Names,
    form: Annotated[
        str,
        typer.Option(
            "--format", help=f"One of {', '.join(NAMES)}.", autocompletion=lambda: list(NAMES)
        ),
    ] = "sh",
    prefix: Prefix = None,
    only: Only = None,
) -> Text:
    """Print connectors' settings and credentials as variables: `eval "$(connectors env blog)"`."""
    from connectors_cli import quoting
    from connectors_cli.services import uses

    run = run_of(ctx)
    if run.output == "json":
        form = "json"
    if form not in NAMES:
        raise UsageError(f"no format {form[:20]!r}", hint=f"one of {', '.join(NAMES)}")
    if is_terminal(sys.stdout) and not run.yes:
        raise UsageError(
            "this would show credentials on the terminal",
            hint='pipe it, as in eval "$(connectors env NAME)", or add --yes',
        )
    chosen = uses.Choice(tuple(names), prefix, tuple(only or ()))
    values, _ = uses.prepare(run.existing_reader(), run.settings, chosen)
    return Text(quoting.quote_all(values, form))
