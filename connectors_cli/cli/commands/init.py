"""The command `init`: a new store with its first tenant and key."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import examples
from connectors_cli.services.output import Document

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors init",
        "connectors init --key file",
        "connectors init --key 'command:pass show connectors-key'",
    )
)
def init(
    ctx: typer.Context,
    key: Annotated[
        str | None,
        typer.Option(
            "--key",
            metavar="SOURCE",
            help="Where its key is, from now on: file, file:PATH, keyring, command:COMMAND or env.",
        ),
    ] = None,
) -> Document:
    """Create the store, the tenant and its key.

    Leaves what already exists unchanged. On a machine without an OS keyring, use --key file.
    """
    from connectors_cli.cli.key_choice import check_key
    from connectors_cli.services import tenants
    from connectors_cli.services.keys import choice

    context = context_of(ctx)
    if key is not None:
        choice.choose(context.reader(), context.settings, key)
        context.mark_changed()
    elif context.reader() is None:
        check_key(context)
    context.close_reader()
    made = tenants.init(context.settings)
    if made["created"]:
        context.mark_changed()
    return Document("store", made)
