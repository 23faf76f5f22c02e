"""The commands `tenant ...`: separate sets of connectors, each with its own key."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import removed_tenant_names, tenant_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import DryRun, examples
from connectors_cli.services.output import Document
from connectors_cli.store.read.rows import Rows

app = typer.Typer(no_args_is_help=True)
TenantName = Annotated[str, typer.Argument(help="Name of the tenant.", autocompletion=tenant_names)]


@app.callback(
    epilog=examples(
        "connectors tenant create acme",
        "connectors tenant list",
    )
)
def tenant() -> None:
    """Manage tenants, which keep connectors of several owners apart.

    Each tenant has its own key and its own members.
    """


@app.command(
    epilog=examples(
        "connectors tenant create acme",
        "connectors tenant create acme --dry-run",
    )
)
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="1 to 64 lower-case letters, digits, `-` and `_`.")],
    dry_run: DryRun = False,
) -> Document:
    """Create a tenant with its own key. You become its owner."""
    from connectors_cli.services import tenants  # slow to import; not for --help

    context = context_of(ctx)
    if context.reader() is None:
        if not dry_run:
            from connectors_cli.cli.key_choice import check_key

            check_key(context)
        return tenants.create_with_store(context.settings.serving(name), commit=not dry_run)
    return tenants.create_tenant(context.workspace(), name, commit=not dry_run)


@app.command(
    "list",
    epilog=examples(
        "connectors tenant list",
        "connectors tenant list --removed",
    ),
)
def list_(
    ctx: typer.Context,
    removed: Annotated[
        bool, typer.Option("--removed", help="List the removed tenants that you own.")
    ] = False,
) -> Rows:
    """List the tenants that you are a member of."""
    from connectors_cli.store.read import tenants as read_tenants

    context = context_of(ctx)
    columns = context.columns("tenant")
    db = context.reader()
    if db is None:
        context.check_unnamed()
        return Rows("tenant", columns, iter(()))
    return read_tenants.list_tenants(db, context.settings.tenant, columns, removed=removed)


@app.command(
    epilog=examples(
        "connectors tenant show",
        "connectors tenant show acme --json",
    )
)
def show(
    ctx: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of the tenant; default: the current one.", autocompletion=tenant_names
        ),
    ] = None,
) -> Document:
    """Show a tenant and its members."""
    from connectors_cli.services import tenants

    context = context_of(ctx)
    return tenants.show_tenant(context.existing_reader(), context.settings, name)


@app.command(
    epilog=examples(
        "connectors tenant use acme",
        "connectors tenant use default",
    )
)
def use(ctx: typer.Context, name: TenantName) -> Document:
    """Select the tenant that later commands use.

    --tenant and CONNECTORS_TENANT override it.
    """
    from connectors_cli.services import tenants

    context = context_of(ctx)
    context.name_tenant(name)
    used = tenants.use_tenant(context.existing_reader(), context.settings)
    context.mark_changed()
    return used


@app.command(
    epilog=examples(
        "connectors tenant remove acme",
        "connectors tenant remove acme --purge --confirm acme",
    )
)
def remove(
    ctx: typer.Context,
    name: TenantName,
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete permanently: connectors, members, log and key.")
    ] = False,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm", metavar="NAME", help="Repeat the name, to confirm without a prompt."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> Document:
    """Remove a tenant and everything in it; `tenant restore` brings it back unless purged."""
    from connectors_cli.cli.confirm import confirm_by_name
    from connectors_cli.services import tenants  # slow to import; not for --help

    context = context_of(ctx)
    ws = context.existing_workspace()
    if not dry_run:
        action = f"{'permanently deleting' if purge else 'removing'} the tenant {name[:64]}"
        confirm_by_name(context, action, name, confirm)
    act = tenants.purge_tenant if purge else tenants.remove_tenant
    return act(ws, name, commit=not dry_run)


@app.command(
    epilog=examples(
        "connectors tenant restore acme",
        "connectors tenant restore acme --dry-run",
    )
)
def restore(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="Name of the tenant.", autocompletion=removed_tenant_names)
    ],
    dry_run: DryRun = False,
) -> Document:
    """Restore a removed tenant and everything in it. Owners only."""
    from connectors_cli.services import tenants  # slow to import; not for --help

    ws = context_of(ctx).existing_workspace()
    return tenants.restore_tenant(ws, name, commit=not dry_run)
