"""The command `backup`: a copy of the whole store in one file."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import examples
from connectors_cli.services.output import Document

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors backup store-backup.db",
        "connectors backup --force /mnt/backup/connectors.db",
    )
)
def backup(
    ctx: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="Destination file; must not exist yet (see --force)."),
    ],
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> Document:
    """Copy the whole store to a file.

    The copy contains every tenant, and other processes may keep writing. Credentials stay
    encrypted: keep the keys as well, somewhere else. `restore --from` restores the copy.
    """
    from connectors_cli.cli.handlers import store  # slow to import; not for --help

    return store.backup(context_of(ctx), file, force)
