"""`connectors key`: where a tenant's key is, a new one, and the old ones forgotten."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors_cli.commands.parameters import run_of
from connectors_cli.errors import ConnectorsError, StoreError
from connectors_cli.results import Document, Text

if TYPE_CHECKING:
    from connectors_cli.context import Run
    from connectors_cli.workspace import Workspace

app = typer.Typer(no_args_is_help=True)
AllTenants = Annotated[bool, typer.Option("--all", help="For every tenant of the store.")]


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
        raise StoreError("there is no store yet", hint="make one with `connectors init`")
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
) -> Document:
    """Give the tenant a new key and seal all its values under it.

    The old key is kept until `key prune`. One that was cut off is finished by running it again.
    """
    from connectors_cli.services import keys

    return _done(
        run_of(ctx), lambda ws: keys.rotate(ws, skip_damaged=skip_damaged), everything=everything
    )


@app.command()
def prune(ctx: typer.Context, everything: AllTenants = False) -> Document:
    """Forget old keys; one that a connector still needs is kept (exit code 6)."""
    from connectors_cli import intake
    from connectors_cli.services import keys

    run = run_of(ctx)
    intake.confirm(run, "Forget the old keys for good? Backups made before still need them.")
    return _done(run, keys.prune, everything=everything)


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
    codes = {error.exit_code for error in failed}
    code = codes.pop() if len(codes) == 1 and not done else bool(failed)
    return Document("keys", {"tenants": done, "problems": problems}, tuple(notes), int(code))
