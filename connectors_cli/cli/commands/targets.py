"""The command `targets`: the active connectors that can publish."""

from functools import partial
from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.flags import at_most_one, require_flag, test_options
from connectors_cli.cli.handlers import connectors
from connectors_cli.cli.options import (
    AllowHttp,
    AllTenants,
    CaFile,
    Capability,
    Limit,
    Search,
    SortBy,
    Tag,
    Timeout,
    TypeKey,
    Watch,
    examples,
)
from connectors_cli.services.output import Watched
from connectors_cli.store.read.rows import Rows

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors targets --capability post_image --json",
        "connectors targets --tag prod --require 1 --check",
    )
)
def targets(
    ctx: typer.Context,
    search: Search = None,
    capability: Capability = None,
    type_key: TypeKey = None,
    tag: Tag = None,
    require: Annotated[
        int | None, typer.Option(help="Fail with exit code 5 if there are fewer targets than this.")
    ] = None,
    sort_by: SortBy = None,
    limit: Limit = None,
    all_tenants: AllTenants = False,
    watch: Watch = False,
    check: Annotated[
        bool, typer.Option("--check", help="Test each target first, and list only those that work.")
    ] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Rows | Watched:
    """List the active connectors that can publish.

    Cards on a terminal, one line each where they do not fit; TSV in a pipe.
    """
    at_most_one(check=check, watch=watch)
    require_flag("--check", check, timeout=timeout, ca_file=ca_file, allow_http=allow_http)
    tests = test_options(check, timeout, ca_file, allow_http, new_host_key=False)
    context = context_of(ctx)
    listing = partial(
        connectors.targets,
        context,
        search,
        capability,
        type_key,
        tag,
        require,
        sort_by,
        limit,
        all_tenants,
        tests,
    )
    return connectors.watched(context, listing) if watch else listing()
