"""`connectors test`: whether connections work, asked of the services themselves."""

from typing import Annotated

import typer

from connectors_cli.commands.completions import connector_names
from connectors_cli.commands.parameters import AllowHttp, CaFile, Tag, Timeout, TypeKey
from connectors_cli.context import run_of
from connectors_cli.verdicts import Checks, Watched

app = typer.Typer()


@app.command("test")
def check(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every installed connector.")] = False,
    tag: Tag = None,
    type_key: TypeKey = None,
    timeout: Timeout = "10s",
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=1000, help="How many at the same time.")
    ] = 8,
    record: Annotated[
        bool, typer.Option("--record/--no-record", help="Keep the outcome with the connector.")
    ] = True,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first that fails.")
    ] = False,
    watch: Annotated[
        str | None, typer.Option("--watch", metavar="TIME", help="Again after this time: 5m.")
    ] = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Checks | Watched:
    """Test connections with their credentials; `-o junit` writes a report for CI systems."""
    from connectors_cli import checking  # the network: not for --help and completion
    from connectors_cli.durations import duration
    from connectors_cli.services.checks import Options

    run = run_of(ctx)
    chosen = checking.choice(names, everything=everything, tag=tag, type_key=type_key)
    seconds = duration(timeout or "", "--timeout")
    options = Options(seconds, jobs, record, fail_fast, ca_file, allow_http)
    if watch is not None:
        return checking.watch(run, chosen, options, duration(watch, "--watch"))
    return checking.check(run, chosen, options)
