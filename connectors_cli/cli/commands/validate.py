"""The command `validate`: values checked against their schemas."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import catalog_keys, connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import (
    FromFile,
    Secrets,
    SetJson,
    SetValues,
    examples,
)
from connectors_cli.services.results import Validations

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors validate --all",
        "connectors validate --type wordpress --from-file blog.yaml",
        "connectors validate --type rss --name news --set feed_url=https://a.example",
    )
)
def validate(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All installed connectors.")] = False,
    type_key: Annotated[
        str | None,
        typer.Option("--type", help="Service that the file is for.", autocompletion=catalog_keys),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("-N", "--name", help="A name for a new connector, to check as well."),
    ] = None,
    sets: SetValues = None,
    set_json: SetJson = None,
    secrets: Secrets = None,
    from_file: FromFile = None,
) -> Validations:
    """Check connectors, or values to install, against their schemas.

    Exit code 3 if a value is invalid.
    """
    from connectors_cli.cli.handlers import validate as handler  # slow to import; not for --help

    return handler.validate(
        context_of(ctx), names, everything, type_key, name, sets, set_json, secrets, from_file
    )
