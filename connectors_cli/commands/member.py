"""`connectors member`: who may do what in a tenant."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import member_names
from connectors_cli.commands.parameters import DryRun
from connectors_cli.context import run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Document
from connectors_cli.rows import Rows

app = typer.Typer(no_args_is_help=True)
ROLES = ("owner", "admin", "member", "viewer")
Principal = Annotated[
    str,
    typer.Argument(
        help="The operating system's user, or on PostgreSQL the server's role.",
        autocompletion=member_names,
    ),
]
_ROLE = f"One of {', '.join(ROLES)}."


@app.callback()
def member() -> None:
    """Say who is in a tenant, and with which role; its owners do.

    owner: everything; alone members, keys and tenants. admin: installs, changes, removes, exports.
    member: uses and tests connectors. viewer: sees them, without credentials.
    """


@app.command("list")
def list_(ctx: typer.Context) -> Rows:
    """List the tenant's members."""
    from connectors_cli import roster

    run = run_of(ctx)
    columns = run.columns("member")
    db = run.reader()
    return roster.list_members(db, run.settings.tenant, columns) if db else run.nothing("member")


@app.command()
def add(
    ctx: typer.Context,
    principal: Annotated[
        str,
        typer.Argument(help="The operating system's user, or on PostgreSQL the server's role."),
    ],
    role: Annotated[str, typer.Option("--role", help=_ROLE, autocompletion=lambda: list(ROLES))],
    dry_run: DryRun = False,
) -> Document:
    """Let a principal into the tenant, with a role."""
    from connectors_cli.services import members  # what writes: not for --help and completion

    ws = run_of(ctx).existing_workspace()
    return members.add_member(ws, principal, role, commit=not dry_run)


@app.command("role")
def role_(
    ctx: typer.Context,
    principal: Principal,
    role: Annotated[
        str | None, typer.Argument(help=_ROLE, autocompletion=lambda: list(ROLES))
    ] = None,
    same: Annotated[
        str | None,
        typer.Option(
            "--role", help="The same, as `add` has it.", autocompletion=lambda: list(ROLES)
        ),
    ] = None,
    dry_run: DryRun = False,
) -> Document:
    """Give a member another role; the last owner stays one."""
    from connectors_cli.services import members  # what writes: not for --help and completion

    if (role is None) == (same is None):
        raise UsageError(
            "say the role once", hint=f"connectors member role PRINCIPAL --role {'|'.join(ROLES)}"
        )
    ws = run_of(ctx).existing_workspace()
    return members.change_role(ws, principal, role or same or "", commit=not dry_run)


@app.command()
def remove(ctx: typer.Context, principal: Principal, dry_run: DryRun = False) -> Document:
    """Take a principal out of the tenant; the last owner stays."""
    from connectors_cli.services import members  # what writes: not for --help and completion

    ws = run_of(ctx).existing_workspace()
    return members.remove_member(ws, principal, commit=not dry_run)
