"""The command `get`: one value of a connector, as text."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import fields_with_values
from connectors_cli.cli.handlers import values
from connectors_cli.cli.options import Name, examples
from connectors_cli.services.output import Document, Text

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors get blog site_url",
        "connectors get blog application_password --reveal",
    )
)
def get(
    ctx: typer.Context,
    name: Name,
    field: Annotated[
        str,
        typer.Argument(
            help="Name of the field; use dots for nested fields.",
            autocompletion=fields_with_values,
        ),
    ],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Allow a credential; the read is recorded in the log.")
    ] = False,
) -> Text | Document:
    """Print one value of a connector."""
    return values.get(context_of(ctx), name, field, reveal)
