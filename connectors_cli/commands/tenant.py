"""`connectors tenant`: who owns connectors, each with a key of its own."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import removed_tenant_names, tenant_names
from connectors_cli.commands.parameters import DryRun
from connectors_cli.context import run_of
from connectors_cli.results import Document
from connectors_cli.rows import Rows

app = typer.Typer(no_args_is_help=True)
TenantName = Annotated[str, typer.Argument(help="The tenant's name.", autocompletion=tenant_names)]


@app.callback()
def tenant() -> None:
    """Keep connectors of several owners apart: each tenant has its own key and its own members."""


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="1 to 64 lower-case letters, digits, `-` and `_`.")],
    dry_run: DryRun = False,
) -> Document:
    """Make a tenant with a key of its own; who makes it owns it."""
    from connectors_cli.services import tenants  # what writes: not for --help and completion

    run = run_of(ctx)
    if run.reader() is None:
        return tenants.create_with_store(run.settings.serving(name), commit=not dry_run)
    return tenants.create_tenant(run.workspace(), name, commit=not dry_run)


@app.command("list")
def list_(
    ctx: typer.Context,
    removed: Annotated[
        bool, typer.Option("--removed", help="The removed ones that you own.")
    ] = False,
) -> Rows:
    """List the tenants that you are a member of."""
    from connectors_cli import roster

    run = run_of(ctx)
    columns = run.columns("tenant")
    db = run.reader()
    if db is None:
        return Rows("tenant", columns, iter(()))
    return roster.list_tenants(db, run.settings.tenant, columns, removed=removed)


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(help="The tenant; else the one in use.", autocompletion=tenant_names),
    ] = None,
) -> Document:
    """Show a tenant and its members."""
    from connectors_cli import choices

    run = run_of(ctx)
    return choices.show_tenant(run.existing_reader(), run.settings, name)


@app.command()
def use(ctx: typer.Context, name: TenantName) -> Document:
    """Serve a tenant from now on, where neither --tenant nor CONNECTORS_TENANT says otherwise."""
    from connectors_cli import choices

    run = run_of(ctx)
    run.options.update(
        tenant=name, tenant_is_argument=True
    )  # the choice so far need not be one that can be read
    return choices.use_tenant(run.existing_reader(), run.settings)


@app.command()
def remove(
    ctx: typer.Context,
    name: TenantName,
    purge: Annotated[
        bool, typer.Option("--purge", help="Erase for good: connectors, members, log and key.")
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="NAME", help="The name again, where nobody is asked."),
    ] = None,
    dry_run: DryRun = False,
) -> Document:
    """Remove a tenant with all it has; `tenant restore` brings it back, unless it is purged."""
    from connectors_cli import confirming
    from connectors_cli.services import tenants  # what writes: not for --help and completion

    run = run_of(ctx)
    ws = run.existing_workspace()
    if not dry_run:
        what = "Erase the tenant for good, with its key." if purge else "Remove the tenant."
        confirming.confirm_by_name(run, what, name, confirm)
    act = tenants.purge_tenant if purge else tenants.remove_tenant
    return act(ws, name, commit=not dry_run)


@app.command()
def restore(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="The tenant's name.", autocompletion=removed_tenant_names)
    ],
    dry_run: DryRun = False,
) -> Document:
    """Bring back a removed tenant, with all it had; its owners can."""
    from connectors_cli.services import tenants  # what writes: not for --help and completion

    ws = run_of(ctx).existing_workspace()
    return tenants.restore_tenant(ws, name, commit=not dry_run)
