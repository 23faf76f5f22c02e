"""The command `export`: connectors as a file, for `import` and `apply`."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import one_of
from connectors_cli.cli.options import Passphrase, examples
from connectors_cli.services.output import Chunks, Document

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors export --all --to connectors.yaml",
        "connectors export blog --secrets sealed --to blog.yaml",
    )
)
def export(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All installed connectors.")] = False,
    secrets: Annotated[
        str,
        typer.Option(
            "--secrets",
            help="Secrets in the file: omit, sealed (with a passphrase) or plain.",
            autocompletion=one_of("omit", "sealed", "plain"),
        ),
    ] = "omit",
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="Output file, created readable only by you; default: stdout.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="yaml, json or toml; default: by the file's name.",
            autocompletion=one_of("yaml", "json", "toml"),
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    passphrase: Passphrase = None,
) -> Chunks | Document:
    """Write connectors to a file.

    `import` and `apply` read it. Secrets are left out unless you pass --secrets.
    """
    from connectors_cli.cli.handlers import transfer  # slow to import; not for --help

    return transfer.export(
        context_of(ctx),
        names,
        everything,
        secrets,
        to,
        form,
        force,
        passphrase,
    )
