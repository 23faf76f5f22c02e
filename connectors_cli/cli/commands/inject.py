"""The command `inject`: a template filled with connectors' values."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.handlers import values
from connectors_cli.cli.options import examples
from connectors_cli.services.output import Chunks, Document

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors inject -i site.ini.tpl -o site.ini",
        "connectors inject -i site.ini.tpl -o site.ini --force",
    )
)
def inject(
    ctx: typer.Context,
    template: Annotated[
        str, typer.Option("-i", "--template", metavar="FILE", help="Template; default: stdin.")
    ] = "-",
    to: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--to",
            metavar="FILE",
            help="Output file, created readable only by you; default: stdout.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> Chunks | Document:
    """Fill a template with connectors' values.

    Each {{ NAME.field }} becomes that value of the connector.
    """
    return values.inject(context_of(ctx), template, to, force)
