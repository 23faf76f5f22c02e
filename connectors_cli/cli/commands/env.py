"""The command `env`: connectors' values as environment variables, for a shell or a file."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.env_formats import FORMATS
from connectors_cli.cli.handlers import values
from connectors_cli.cli.options import ForTool, Names, Only, Prefix, examples
from connectors_cli.services.output import Text

app = typer.Typer()


@app.command(
    epilog=examples(
        'connectors env blog --format github >> "$GITHUB_ENV"',
        "connectors env blog newsletter --only api_key",
    )
)
def env(
    ctx: typer.Context,
    names: Names,
    form: Annotated[
        str,
        typer.Option(
            "--format", help=f"One of {', '.join(FORMATS)}.", autocompletion=lambda: list(FORMATS)
        ),
    ] = "sh",
    prefix: Prefix = None,
    only: Only = None,
    tool: ForTool = None,
) -> Text:
    """Print connectors' values as environment variables.

    In a shell: `eval "$(connectors env blog)"`.
    """
    return values.env(context_of(ctx), names, form, prefix, only, tool)
