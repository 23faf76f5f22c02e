"""The commands `member ...`: the members of a tenant and their roles."""

from typing import Annotated

import typer

from connectors_cli.audit.roles import Role
from connectors_cli.cli.completion import member_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import DryRun, examples
from connectors_cli.errors import UsageError
from connectors_cli.services.output import Document
from connectors_cli.store.read.rows import Rows

app = typer.Typer(no_args_is_help=True)
ROLES = tuple(Role)
Principal = Annotated[
    str,
    typer.Argument(
        help="User name of the operating system, or on PostgreSQL the role.",
        autocompletion=member_names,
    ),
]
_ROLE = f"One of {', '.join(ROLES)}."


@app.callback(
    epilog=examples(
        "connectors member list",
        "connectors member add alice --role member",
    )
)
def member() -> None:
    """Manage the members of a tenant and their roles.

    viewer: sees connectors, without credentials. member: also uses and tests them.
    admin: also installs, changes, removes and exports them.
    owner: also manages members, keys and the tenant.
    """


@app.command(
    "list",
    epilog=examples(
        "connectors member list",
        "connectors member list --tenant acme --json",
    ),
)
def list_(ctx: typer.Context) -> Rows:
    """List the tenant's members."""
    from connectors_cli.store.read import tenants

    context = context_of(ctx)
    columns = context.columns("member")
    db = context.reader()
    return (
        tenants.list_members(db, context.settings.tenant, columns)
        if db
        else context.no_rows("member")
    )


@app.command(
    epilog=examples(
        "connectors member add alice --role member",
        "connectors member add deploy --role viewer --tenant acme",
    )
)
def add(
    ctx: typer.Context,
    principal: Annotated[
        str,
        typer.Argument(help="User name of the operating system, or on PostgreSQL the role."),
    ],
    role: Annotated[str, typer.Option("--role", help=_ROLE, autocompletion=lambda: list(ROLES))],
    dry_run: DryRun = False,
) -> Document:
    """Add a member to the tenant, with a role. Owners only."""
    from connectors_cli.services import members  # slow to import; not for --help

    ws = context_of(ctx).existing_workspace()
    return members.add_member(ws, principal, role, commit=not dry_run)


@app.command(
    "role",
    epilog=examples(
        "connectors member role alice admin",
        "connectors member role alice --role viewer --dry-run",
    ),
)
def role_(
    ctx: typer.Context,
    principal: Principal,
    role: Annotated[
        str | None, typer.Argument(help=_ROLE, autocompletion=lambda: list(ROLES))
    ] = None,
    same: Annotated[
        str | None,
        typer.Option("--role", help="The role, as an option.", autocompletion=lambda: list(ROLES)),
    ] = None,
    dry_run: DryRun = False,
) -> Document:
    """Change a member's role. The last owner cannot be changed."""
    from connectors_cli.services import members  # slow to import; not for --help

    if (role is None) == (same is None):
        raise UsageError(
            "give the role once", hint=f"connectors member role PRINCIPAL --role {'|'.join(ROLES)}"
        )
    ws = context_of(ctx).existing_workspace()
    return members.change_role(ws, principal, role or same or "", commit=not dry_run)


@app.command(
    epilog=examples(
        "connectors member remove alice",
        "connectors member remove alice --tenant acme",
    )
)
def remove(ctx: typer.Context, principal: Principal, dry_run: DryRun = False) -> Document:
    """Remove a member from the tenant. The last owner cannot be removed."""
    from connectors_cli.services import members  # slow to import; not for --help

    ws = context_of(ctx).existing_workspace()
    return members.remove_member(ws, principal, commit=not dry_run)
