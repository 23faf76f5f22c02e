"""`connectors edit`: a connector changed in place."""

from dataclasses import replace
from typing import Annotated

import typer

from connectors_cli.commands.parameters import (
    AllowHttp,
    CaFile,
    DryRun,
    FromEnv,
    FromFile,
    KeepNewline,
    Name,
    Secrets,
    SetJson,
    SetValues,
    Timeout,
    goes_with,
    only_one,
    test_options,
    value_options,
)
from connectors_cli.context import run_of
from connectors_cli.results import Change

app = typer.Typer()


@app.command()
def edit(
    ctx: typer.Context,
    name: Name,
    sets: SetValues = None,
    set_json: SetJson = None,
    secrets: Secrets = None,
    from_file: FromFile = None,
    from_env: FromEnv = None,
    keep_newline: KeepNewline = False,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="FIELD", help="Take a field away.")
    ] = None,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Give it another name.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Add a tag.")] = None,
    untag: Annotated[list[str] | None, typer.Option("--untag", help="Take a tag away.")] = None,
    activate: Annotated[bool, typer.Option("--activate", help="Make it a publish target.")] = False,
    deactivate: Annotated[
        bool, typer.Option("--deactivate", help="Make it no publish target.")
    ] = False,
    editor: Annotated[
        bool, typer.Option("--editor", help="Open the settings in $VISUAL or $EDITOR.")
    ] = False,
    if_version: Annotated[
        int | None, typer.Option("--if-version", help="Fail (6) unless it is at this version.")
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what changed, field by field.")
    ] = False,
    test: Annotated[bool, typer.Option("--test", help="Test the connection afterwards.")] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
    dry_run: DryRun = False,
) -> Change:
    """Change a connector; with nothing given on a terminal, a form with the current values."""
    from connectors_cli import editing  # what writes: not for --help and completion
    from connectors_cli.edits import Edits
    from connectors_cli.services import connectors

    only_one(activate=activate, deactivate=deactivate)
    goes_with("--test", test, timeout=timeout, ca_file=ca_file, allow_http=allow_http)
    tests = test_options(test, timeout, ca_file, allow_http)
    run = run_of(ctx)
    options = value_options(sets, set_json, secrets, from_file, from_env, keep_newline)
    edits = Edits(
        unset=tuple(unset or ()),
        rename=rename,
        tag=tuple(tag or ()),
        untag=tuple(untag or ()),
        status="active" if activate else "inactive" if deactivate else None,
        if_version=if_version,
    )
    ws = run.existing_workspace()
    edits, notes = editing.wanted_edits(run, ws, name, edits, options, editor=editor)
    done = connectors.update_connector(ws, name, edits, commit=not dry_run)
    changed = replace(done, notes=(*done.notes, *notes), show_fields=diff or dry_run)
    if tests is not None:
        from connectors_cli import checking  # the network

        return checking.tested(run, changed, tests)
    return changed
