"""The commands `key ...`: a tenant's keys, their rotation, copies and places."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from connectors_cli.audit.roles import Action
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import DryRun, Passphrase, TrustCost, examples
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Document, Text

if TYPE_CHECKING:
    from connectors_cli.services.keys.move import Destination

app = typer.Typer(no_args_is_help=True)
AllTenants = Annotated[bool, typer.Option("--all", help="Every tenant of the store.")]

To = Annotated[
    str | None, typer.Option("--to", help="Destination: keyring, or file with --file PATH.")
]
KeyFile = Annotated[
    str | None,
    typer.Option("--file", metavar="PATH", help="New key file, created readable only by you."),
]


@app.callback(
    epilog=examples(
        "connectors key status",
        "connectors key export --to keys.sealed",
    )
)
def key() -> None:
    """Manage a tenant's encryption keys: show, rotate, export, move."""


@app.command(
    epilog=examples(
        "connectors key status",
        "connectors key status --tenant acme --json",
    )
)
def status(ctx: typer.Context) -> Document:
    """Show the tenant's key source and keys.

    Exit code 7 if the active key is not available.
    """
    from connectors_cli.cli.handlers import key

    return key.status(context_of(ctx))


@app.command(
    epilog=examples(
        "connectors key generate",
        "connectors key generate | gh secret set CONNECTOR_AUTH_ENCRYPTION_KEY",
    )
)
def generate() -> Text:
    """Generate a key for CONNECTOR_AUTH_ENCRYPTION_KEY and print it; it is not stored."""
    from connectors_cli.vault.seal import new_key

    return Text(new_key().text)


@app.command(
    epilog=examples(
        "connectors key rotate --dry-run",
        "connectors key rotate --all",
    )
)
def rotate(
    ctx: typer.Context,
    everything: AllTenants = False,
    skip_damaged: Annotated[
        bool,
        typer.Option("--skip-damaged", help="Skip values that cannot be decrypted."),
    ] = False,
    dry_run: DryRun = False,
) -> Document:
    """Generate a new key and encrypt all values of the tenant with it.

    The old key is kept until `key prune`. Run it again to finish an interrupted rotation.
    """
    from connectors_cli.cli.handlers import key

    return key.rotate(context_of(ctx), everything, skip_damaged, dry_run)


@app.command(
    epilog=examples(
        "connectors key prune --dry-run",
        "connectors key prune --yes",
    )
)
def prune(ctx: typer.Context, everything: AllTenants = False, dry_run: DryRun = False) -> Document:
    """Delete old keys.

    A key that a connector still needs is kept (exit code 6).
    """
    from connectors_cli.cli.handlers import key

    return key.prune(context_of(ctx), everything, dry_run)


@app.command(
    epilog=examples(
        "connectors key accept --dry-run",
        "connectors key accept --yes",
    )
)
def accept(ctx: typer.Context, dry_run: DryRun = False) -> Document:
    """Confirm the tenant's active key, after it replaced a lost key that is available again.

    The older keys that are available then endorse it.
    """
    from connectors_cli.cli.confirm import confirm
    from connectors_cli.cli.handlers import key
    from connectors_cli.services.keys import tenant_keys

    context = context_of(ctx)
    if not dry_run:
        question = "Did you, or another owner, replace the tenant's key? Somebody else who can"
        question += " write to the store could have done it."
        confirm(context, question, "accepting the tenant's key")
    return key.applied(context, partial(tenant_keys.accept, commit=not dry_run), everything=False)


@app.command(
    epilog=examples(
        "connectors key export --to keys.sealed",
        "connectors key export --printable --to keys.txt",
    )
)
def export(
    ctx: typer.Context,
    to: Annotated[
        str, typer.Option("--to", metavar="FILE", help="Output file, created readable only by you.")
    ],
    printable: Annotated[
        bool, typer.Option("--printable", help="Write unencrypted text, to print on paper.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    passphrase: Passphrase = None,
) -> Document:
    """Write the tenant's keys to a file.

    The file is encrypted with a passphrase, or with --printable is plain text for paper.
    """
    from connectors_cli.cli.confirm import confirm
    from connectors_cli.cli.passphrase import new_passphrase
    from connectors_cli.services.keys import move as keys_move
    from connectors_cli.system import private_file
    from connectors_cli.vault.passphrase import new_passphrase_cipher

    context = context_of(ctx)
    if to == "-":
        raise UsageError("keys are written to a private file", hint="add --to FILE")
    if printable and passphrase is not None:
        raise UsageError("--printable and --passphrase cannot be used together")
    if not force:
        private_file.check_new(to, forcible=True)
    workspace = context.existing_workspace()
    cipher = None
    if printable:
        question = "Write the key unencrypted? Whoever reads it can decrypt everything it protects."
        confirm(context, question, "writing the key unencrypted")
    else:
        keys_move.check_permission(workspace, Action.KEY_EXPORT)
        cipher = new_passphrase_cipher(new_passphrase(context, passphrase))
    written = keys_move.export_keys(workspace, to, cipher, replace=force)
    context.mark_changed()
    return Document("key", written)


@app.command(
    "import",
    epilog=examples(
        "connectors key import keys.sealed",
        "connectors key import keys.txt --to file --file /etc/connectors.key",
    ),
)
def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(help="A file written by `key export`; - is stdin.")],
    to: To = None,
    path: KeyFile = None,
    passphrase: Passphrase = None,
    trust_cost: TrustCost = False,
) -> Document:
    """Restore keys that the tenant needs, to the OS keyring or a key file."""
    from connectors_cli.cli import passphrase as cli_passphrase
    from connectors_cli.services.keys import move as keys_move
    from connectors_cli.vault import key_copies

    context = context_of(ctx)
    place = _place(to, path) if to or path else None
    workspace = context.existing_workspace()
    keys_move.check_permission(workspace, Action.KEY_IMPORT)
    phrase = partial(cli_passphrase.known_passphrase, context, passphrase)
    found = key_copies.read(file, phrase, trust_cost=trust_cost)
    result, notes = keys_move.import_keys(workspace, found.keys, place)
    return Document("key", result, (*notes, *found.notes))


@app.command(
    epilog=examples(
        "connectors key move --to keyring",
        "connectors key move --to file --file /etc/connectors.key",
    )
)
def move(
    ctx: typer.Context,
    to: To = None,
    path: KeyFile = None,
    everything: AllTenants = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Then delete them from the OS keyring.")
    ] = False,
) -> Document:
    """Copy the tenant's keys to another source, and use that one from now on."""
    from connectors_cli.services.keys import move as keys_move
    from connectors_cli.services.keys import tenant_keys

    context = context_of(ctx)
    place = _place(to, path)
    workspace = context.existing_workspace()
    spaces = tenant_keys.own_spaces(workspace) if everything else [workspace]
    result, notes = keys_move.move_keys(spaces, place, forget=forget)
    return Document("key", result, tuple(notes))


def _place(to: str | None, path: str | None) -> "Destination":
    import os

    from connectors_cli.services.keys.move import Destination

    if to not in {"keyring", "file"}:
        raise UsageError("choose a destination", hint="--to keyring, or --to file --file PATH")
    if (to == "file") != (path is not None):
        raise UsageError(
            "--to file and --file PATH must be used together",
            hint="--to file --file PATH",
        )
    return (
        Destination("file", os.path.abspath(path)) if path is not None else Destination("keyring")
    )
