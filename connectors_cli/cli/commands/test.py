"""The command `test`: connection tests against the services."""

from typing import Annotated

import typer

from connectors_cli.cli.completion import connector_names
from connectors_cli.cli.context import context_of
from connectors_cli.cli.options import (
    AcceptNewHostKey,
    AllowHttp,
    CaFile,
    Tag,
    Timeout,
    TypeKey,
    examples,
)
from connectors_cli.services.checks.results import Checks
from connectors_cli.services.output import Watched

app = typer.Typer()


@app.command(
    "test",
    epilog=examples(
        "connectors test blog",
        "connectors test --all -o junit > report.xml",
    ),
)
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All installed connectors.")] = False,
    tag: Tag = None,
    type_key: TypeKey = None,
    timeout: Timeout = "10s",
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=1000, help="How many tests run at the same time.")
    ] = 8,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Save the result with the connector.")
    ] = True,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop after the first failure.")
    ] = False,
    watch: Annotated[
        str | None,
        typer.Option("--watch", metavar="TIME", help="Repeat the tests after this time, e.g. 5m."),
    ] = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
    accept_new_host_key: AcceptNewHostKey = False,
) -> Checks | Watched:
    """Test whether connectors can connect to their services.

    -o junit writes a report for CI systems.
    """
    from connectors_cli.cli.handlers import test as handler  # slow to import; not for --help

    return handler.test(
        context_of(ctx),
        names,
        everything,
        tag,
        type_key,
        timeout,
        jobs,
        record,
        fail_fast,
        watch,
        ca_file,
        allow_http,
        accept_new_host_key,
    )
