"""`connectors key`: where a tenant's key is, a new one, and the old ones forgotten."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors_cli.commands.parameters import DryRun, Passphrase
from connectors_cli.context import run_of
from connectors_cli.errors import ConnectorsError, NotFound, UsageError, shared_code
from connectors_cli.results import Document, Text

if TYPE_CHECKING:
    from connectors_cli.context import Run
    from connectors_cli.services.key_places import Place
    from connectors_cli.workspace import Workspace

app = typer.Typer(no_args_is_help=True)
AllTenants = Annotated[bool, typer.Option("--all", help="For every tenant of the store.")]

To = Annotated[str | None, typer.Option("--to", help="keyring, or file with --file PATH.")]
KeyFile = Annotated[
    str | None, typer.Option("--file", metavar="PATH", help="The new key file, for you alone.")
]


@app.callback()
def key() -> None:
    """Show where a tenant's key is, give it a new one, and keep copies of it."""


@app.command()
def status(ctx: typer.Context) -> Document:
    """Show the tenant's key source and keys; exit code 7 when the key in use is not at hand."""
    from connectors_cli.services import keys

    run = run_of(ctx)
    db = run.reader()
    if db is None:
        raise NotFound("there is no store yet", hint="make one with `connectors init`")
    found = keys.key_status(db, run.settings)
    return Document("key", found, exit_code=7 if found["problem"] else 0)


@app.command()
def generate() -> Text:
    """Print a new key, for CONNECTOR_AUTH_ENCRYPTION_KEY; it is stored nowhere."""
    from connectors_cli.vault import new_key

    return Text(new_key().text)


@app.command()
def rotate(
    ctx: typer.Context,
    everything: AllTenants = False,
    skip_damaged: Annotated[
        bool,
        typer.Option("--skip-damaged", help="Leave what does not open under the old key."),
    ] = False,
    dry_run: DryRun = False,
) -> Document:
    """Give the tenant a new key and seal all its values under it.

    The old key is kept until `key prune`. One that was cut off is finished by running it again.
    """
    from connectors_cli.services import keys

    rotate = partial(keys.rotate, skip_damaged=skip_damaged)
    act = partial(keys.preview, taken=set()) if dry_run else rotate
    return _done(run_of(ctx), act, everything=everything)


@app.command()
def prune(ctx: typer.Context, everything: AllTenants = False, dry_run: DryRun = False) -> Document:
    """Forget old keys; one that a connector still needs is kept (exit code 6)."""
    from connectors_cli import confirming
    from connectors_cli.services import keys

    run = run_of(ctx)
    if not dry_run:
        confirming.confirm(
            run, "Forget the old keys for good? Backups made before still need them."
        )
    return _done(run, partial(keys.prune, commit=not dry_run), everything=everything)


@app.command()
def export(
    ctx: typer.Context,
    to: Annotated[str, typer.Option("--to", metavar="FILE", help="Where to; for you alone.")],
    printable: Annotated[
        bool, typer.Option("--printable", help="As text to be printed and typed, in clear.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    passphrase: Passphrase = None,
) -> Document:
    """Write the tenant's keys to a file, under a passphrase or, for paper, in clear."""
    from connectors_cli import confirming, key_copies, paper, passphrases, private_file
    from connectors_cli.access import Action
    from connectors_cli.envelope import new_envelope
    from connectors_cli.services import key_places

    run = run_of(ctx)
    if to == "-":
        raise UsageError("keys go into a file that only you can read", hint="name one with --to")
    if printable and passphrase is not None:
        raise UsageError("--printable is in clear: no --passphrase goes with it")
    if not force:
        private_file.check_new(to, forcible=True)
    workspace = run.existing_workspace()
    if printable:
        confirming.confirm(run, "Write the key so that whoever reads it opens all it seals?")
    envelope = None if printable else new_envelope(passphrases.new_passphrase(run, passphrase))
    form = "printable" if envelope is None else "sealed"
    copies = key_places.copies(workspace, Action.KEY_EXPORT, {"form": form})
    text = paper.write(copies) if envelope is None else key_copies.write_sealed(copies, envelope)
    private_file.write(to, text, replace=force)
    ids = [copy.key.id for copy in copies]
    return Document("key", {"tenant": run.settings.tenant, "file": to, "form": form, "keys": ids})


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A file of `key export`; `-` is standard input.")],
    to: To = None,
    path: KeyFile = None,
    passphrase: Passphrase = None,
) -> Document:
    """Bring keys back that the tenant needs, into the OS keyring or a key file."""
    from connectors_cli import key_copies, passphrases
    from connectors_cli.services import key_places

    run = run_of(ctx)
    place = _place(to, path) if to or path else None
    workspace = run.existing_workspace()
    found = key_copies.read(file, lambda: passphrases.known_passphrase(run, passphrase))
    result, notes = key_places.import_keys(workspace, found, place)
    return Document("key", result, tuple(notes))


@app.command()
def move(
    ctx: typer.Context,
    to: To = None,
    path: KeyFile = None,
    everything: AllTenants = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Then take them out of the OS keyring.")
    ] = False,
) -> Document:
    """Put the tenant's keys into another source; the old place stays as it is."""
    from connectors_cli.services import key_places, keys

    run = run_of(ctx)
    place = _place(to, path)
    workspace = run.existing_workspace()
    spaces = keys.own_spaces(workspace) if everything else [workspace]
    result, notes = key_places.move_keys(spaces, place, forget=forget)
    return Document("key", result, tuple(notes))


def _place(to: str | None, path: str | None) -> "Place":
    import os

    from connectors_cli.services.key_places import Place

    if to not in {"keyring", "file"}:
        raise UsageError("say where to", hint="--to keyring, or --to file --file PATH")
    if (to == "file") != (path is not None):
        raise UsageError("--file PATH goes with --to file", hint="--to file --file PATH")
    return Place("file", os.path.abspath(path)) if path is not None else Place("keyring")


def _done(
    run: "Run",
    act: "Callable[[Workspace], tuple[dict[str, Any], list[str]]]",
    *,
    everything: bool,
) -> Document:
    """Do something to one tenant's keys or to every tenant's, and return what it did."""
    from connectors_cli.services import keys

    if not everything:
        result, notes = act(run.existing_workspace())
        return Document("key", result, tuple(notes))
    results, notes = keys.each_tenant(run.existing_workspace(), act)
    failed = [item for item in results if isinstance(item, ConnectorsError)]
    done = [item for item in results if not isinstance(item, ConnectorsError)]
    problems = [{"message": error.message, "hint": error.hint} for error in failed]
    code = 1 if done and failed else shared_code(error.exit_code for error in failed)
    return Document("keys", {"tenants": done, "problems": problems}, tuple(notes), code)
