"""`connectors export`: connectors as a file, for a backup or another store."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import Passphrase
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Chunks, Document

app = typer.Typer()


@app.command()
def export(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every installed connector.")] = False,
    secrets: Annotated[
        str, typer.Option("--secrets", help="omit, sealed (under a passphrase) or plain.")
    ] = "omit",
    to: Annotated[
        str | None, typer.Option("--to", metavar="FILE", help="Where to; else standard output.")
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="yaml, json or toml; else by the file's name.")
    ] = None,
    passphrase: Passphrase = None,
) -> Chunks | Document:
    """Write connectors as `import` and `apply` read them; credentials only where you ask for it."""
    from connectors_cli import provisioning  # what exports: not for --help and completion

    if everything == bool(names):
        raise UsageError("name connectors, or --all")
    options = provisioning.ExportOptions(tuple(names or ()), secrets, to, form, passphrase)
    return provisioning.export(run_of(ctx), options)
