"""`connectors backup`: the whole store in one file."""

from contextlib import suppress
from typing import Annotated

import typer

from connectors_cli.context import run_of
from connectors_cli.errors import Unwritable, UsageError
from connectors_cli.results import Document

app = typer.Typer()


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Where to; not there yet.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> Document:
    """Copy the whole store, every tenant, to a file; others may write meanwhile.

    Credentials stay sealed in it: keep the keys too, elsewhere. `restore --from` puts it back.
    """
    from connectors_cli import whole_store  # what writes: not for --help and completion
    from connectors_cli.services import backups

    if file == "-":
        raise UsageError(
            "a backup is a database and needs a file", hint="name one, and send that on"
        )
    run = run_of(ctx)
    whole_store.local_path(run.settings, "pg_dump")
    with suppress(Unwritable):  # an older store, which is copied as it is
        run.existing_reader()
    run.close_reader()
    made = backups.back_up(run.settings, file, replace=force)
    notes = ["the file holds no key: keep the keys it names elsewhere"]
    if made["unrecorded"]:
        notes.append(f"the log does not tell of this backup: {made['unrecorded']}")
    return Document("backup", made, tuple(notes))
