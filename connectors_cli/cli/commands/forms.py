"""The commands `forms ...`: the form of a type for other programs."""

import sys
from typing import Annotated, Any

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import FormType, examples
from connectors_cli.errors import UsageError
from connectors_cli.services.results import Lines

app = typer.Typer(no_args_is_help=True)


@app.callback(
    epilog=examples("connectors forms serve x", "connectors forms serve --connector blog")
)
def forms() -> None:
    """Use the form of a service from another program."""


@app.command(
    epilog=examples(
        "connectors forms serve wordpress",
        "connectors forms serve --connector blog",
    )
)
def serve(
    ctx: typer.Context,
    type_key: FormType = None,
    connector: Annotated[
        str | None,
        typer.Option("--connector", metavar="NAME", help="Change this connector instead."),
    ] = None,
) -> Lines:
    """Serve a form as JSON lines on standard input and output, until the input ends.

    See `connectors help questions` for the messages. Nothing is saved without a message `save`.
    """
    from connectors_cli.cli.values import served  # slow to import; not for --help

    if (type_key is None) == (connector is None):
        raise UsageError("name a TYPE, or a connector with --connector NAME")
    context = context_of(ctx)
    if connector is not None:
        server = served.connector_form(context, connector)
    else:
        server = served.new_form(context, str(type_key))
    source: Any = sys.stdin.buffer if sys.stdin is not None else sys.stdin
    return Lines(server.lines(source))
