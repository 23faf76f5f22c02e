"""`connectors targets`: the active connectors that can publish."""

from typing import Annotated

import typer

from connectors_cli import reader
from connectors_cli.commands.parameters import (
    AllowHttp,
    CaFile,
    Capability,
    Tag,
    Timeout,
    TypeKey,
    goes_with,
    run_of,
    test_options,
)
from connectors_cli.errors import NotFound
from connectors_cli.rows import Rows

app = typer.Typer()


@app.command()
def targets(
    ctx: typer.Context,
    capability: Capability = None,
    type_key: TypeKey = None,
    tag: Tag = None,
    require: Annotated[
        int | None, typer.Option(help="Fail (5) unless there are at least this many.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Test each first, and list those that work.")
    ] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
) -> Rows:
    """List the active connectors that can publish, for scripts: `connectors targets --json`."""
    run = run_of(ctx)
    filters = {"capability": capability, "type": type_key, "tag": tag}
    columns = run.columns("connector")
    goes_with("--check", check, timeout=timeout, ca_file=ca_file, allow_http=allow_http)
    tests = test_options(check, timeout, ca_file, allow_http)
    if tests is not None:
        from connectors_cli import checking  # the network

        return checking.working_targets(run, columns, filters, require or 0, tests)
    db = run.reader()
    found = reader.count_publish_targets(db, run.settings.tenant, **filters) if db else 0
    if require is not None and found < require:
        raise NotFound(
            f"{found} publish targets, and {require} are required",
            hint="see `connectors list`; activate one with `connectors edit NAME --activate`",
        )
    if db is None:
        return run.nothing("connector")
    return reader.get_publish_targets(db, run.settings.tenant, columns, **filters)
