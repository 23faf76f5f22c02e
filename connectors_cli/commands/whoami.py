"""`connectors whoami`: who acts, where."""

import typer

from connectors_cli import database, journal
from connectors_cli.context import run_of
from connectors_cli.membership import role_of
from connectors_cli.results import Document

app = typer.Typer()


@app.command()
def whoami(ctx: typer.Context) -> Document:
    """Show who acts, for which tenant, with which role, and in which store."""
    run = run_of(ctx)
    db = run.reader()
    principal = db.principal if db else database.principal_at(run.settings.store)
    actor = journal.find_actor(run.settings, principal)
    tenant = run.settings.tenant
    return Document(
        "who acts",
        {
            "principal": actor.principal,
            "email": actor.email,
            "name": actor.name,
            "tenant": tenant,
            "role": role_of(db, tenant, actor.principal) if db else None,
            "store": run.settings.shown_store,
            "store_exists": db is not None,
            "tenant_from": run.settings.tenant_from,
        },
    )
