"""The command `list`: the installed connectors."""

from functools import partial
from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import closed_words
from connectors_cli.cli.handlers import connectors
from connectors_cli.cli.options import (
    AllTenants,
    Capability,
    Limit,
    Search,
    SortBy,
    Tag,
    TypeKey,
    Watch,
    examples,
)
from connectors_cli.services.output import Watched
from connectors_cli.store.read.rows import Rows

app = typer.Typer()


@app.command(
    "list",
    epilog=examples(
        "connectors list -q blog --sort-by -updated_at",
        "connectors list --type wordpress --status active --json",
    ),
)
def list_(
    ctx: typer.Context,
    search: Search = None,
    type_key: TypeKey = None,
    status: Annotated[
        str | None,
        typer.Option(
            help="Only this status: active, inactive, error or unreadable.",
            autocompletion=closed_words("status"),
        ),
    ] = None,
    tag: Tag = None,
    capability: Capability = None,
    expiring: Annotated[
        str | None,
        typer.Option(
            "--expiring",
            metavar="TIME",
            help="Only sign-ins that end within this time and that nothing renews, e.g. 7d.",
        ),
    ] = None,
    removed: Annotated[
        bool, typer.Option("--removed", help="List removed connectors, which can be restored.")
    ] = False,
    sort_by: SortBy = None,
    limit: Limit = None,
    all_tenants: AllTenants = False,
    watch: Watch = False,
) -> Rows | Watched:
    """List the installed connectors.

    Cards on a terminal, one line each where they do not fit; TSV in a pipe.
    """
    context = context_of(ctx)
    listing = partial(
        connectors.list_,
        context,
        search,
        type_key,
        status,
        tag,
        capability,
        expiring,
        removed,
        sort_by,
        limit,
        all_tenants,
    )
    return connectors.watched(context, listing) if watch else listing()
