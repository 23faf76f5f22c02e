"""The commands `credentials ...`: recovery from lost keys, damage and outside changes."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import DryRun, Name, examples
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Document
from connectors_cli.services.results import Batch, Change

app = typer.Typer(no_args_is_help=True)


@app.callback(
    epilog=examples(
        "connectors credentials reset --all --dry-run",
        "connectors credentials accept blog",
    )
)
def credentials() -> None:
    """Reset credentials that no longer open, or accept outside changes.

    Use it after a key was lost, or after a connector was damaged or changed outside the program.
    """


@app.command(
    epilog=examples(
        "connectors credentials reset blog",
        "connectors credentials reset --all --dry-run",
    )
)
def reset(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="All that cannot be decrypted; replaces a lost key."),
    ] = False,
    dry_run: DryRun = False,
) -> Batch | Document:
    """Clear credentials that can no longer be decrypted; keep the settings."""
    from connectors_cli.cli import credentials  # slow to import; not for --help

    context = context_of(ctx)
    if everything == bool(names):
        raise UsageError("name connectors, or use --all")
    if everything:
        return credentials.reset_all(context, dry_run=dry_run)
    return credentials.reset(context, names or (), dry_run=dry_run)


@app.command(
    epilog=examples("connectors credentials accept blog", "connectors credentials accept blog -y")
)
def accept(ctx: typer.Context, name: Name) -> Change:
    """Accept the settings of a connector that was changed outside the program. Owners only."""
    from connectors_cli.cli import credentials  # slow to import; not for --help

    return credentials.accept(context_of(ctx), name)
