"""`connectors whoami`: who acts, where."""

import typer

from connectors_cli import journal, reader
from connectors_cli.commands.parameters import run_of
from connectors_cli.results import Document

app = typer.Typer()


@app.command()
def whoami(ctx: typer.Context) -> Document:
    """Show who acts, for which tenant, with which role, and in which store."""
    run = run_of(ctx)
    actor = journal.find_actor(run.settings)
    db = run.reader()
    tenant = run.settings.tenant
    return Document(
        "who acts",
        {
            "principal": actor.principal,
            "email": actor.email,
            "name": actor.name,
            "tenant": tenant,
            "role": reader.role_of(db, tenant, actor.principal) if db else None,
            "store": run.settings.shown_store,
            "store_exists": db is not None,
        },
    )
