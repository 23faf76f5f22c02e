"""`connectors get`: one raw value."""

from typing import Annotated

import typer

from connectors_cli import reader
from connectors_cli.commands.parameters import Name
from connectors_cli.context import run_of
from connectors_cli.results import Document, Text

app = typer.Typer()


@app.command()
def get(
    ctx: typer.Context,
    name: Name,
    field: Annotated[str, typer.Argument(help="The field; dots lead into objects.")],
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Allow a credential; that it was read is recorded.")
    ] = False,
) -> Text | Document:
    """Print one raw value of a connector, for scripts."""
    from connectors_cli.services import values  # cryptography: not for --help and completion

    run = run_of(ctx)
    db = run.reader()
    if db is None:
        raise reader.no_connector(name)
    text = values.get_value(db, run.settings, name, field, reveal=reveal)
    if run.output == "json":
        return Document(name, {"name": name, "field": field, "value": text})
    return Text(text)
