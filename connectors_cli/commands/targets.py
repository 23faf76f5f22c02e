"""`connectors targets`: the active connectors that can publish."""

from typing import Annotated

import typer

from connectors_cli import filters, reader
from connectors_cli.commands.parameters import (
    AllowHttp,
    CaFile,
    Capability,
    Tag,
    Timeout,
    TypeKey,
    goes_with,
    note_unknown,
    test_options,
)
from connectors_cli.context import run_of
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
    columns = run.columns("connector")
    goes_with("--check", check, timeout=timeout, ca_file=ca_file, allow_http=allow_http)
    tests = test_options(check, timeout, ca_file, allow_http)
    db = run.reader()
    wanted = filters.resolved(db, {"capability": capability, "type": type_key, "tag": tag})
    if tests is not None:
        from connectors_cli import checking  # the network

        return checking.working_targets(run, columns, wanted, require or 0, tests)
    found = reader.count_publish_targets(db, run.settings.tenant, **wanted) if db else 0
    if require is not None and found < require:
        raise NotFound(
            f"{found} publish targets, and {require} are required",
            hint="see `connectors list`; activate one with `connectors edit NAME --activate`",
        )
    if db is None:
        return run.nothing("connector")
    rows = reader.get_publish_targets(db, run.settings.tenant, columns, **wanted)
    return note_unknown(run, db, rows, capability)
