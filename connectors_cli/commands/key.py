"""`connectors key`: where a tenant's key is."""

import typer

from connectors_cli.commands.parameters import run_of
from connectors_cli.errors import StoreError
from connectors_cli.results import Document, Text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def key() -> None:
    """Show where a tenant's key is, or make a key."""


@app.command()
def status(ctx: typer.Context) -> Document:
    """Show the tenant's key source and keys; exit code 7 when the key in use is not at hand."""
    from connectors_cli.services import tenants

    run = run_of(ctx)
    db = run.reader()
    if db is None:
        raise StoreError("there is no store yet", hint="make one with `connectors init`")
    found = tenants.key_status(db, run.settings)
    return Document("key", found, exit_code=7 if found["problem"] else 0)


@app.command()
def generate() -> Text:
    """Print a new key, for CONNECTOR_AUTH_ENCRYPTION_KEY; it is stored nowhere."""
    from connectors_cli.vault import new_key

    return Text(new_key().text)
