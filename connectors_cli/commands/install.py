"""`connectors install`: an account of a service."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from connectors_cli.commands.completions import catalog_keys
from connectors_cli.commands.parameters import (
    AllowHttp,
    CaFile,
    DryRun,
    FromEnv,
    FromFile,
    KeepNewline,
    Secrets,
    SetJson,
    SetValues,
    Timeout,
    goes_with,
    only_one,
    test_options,
    value_options,
)
from connectors_cli.context import Run, run_of
from connectors_cli.errors import UsageError
from connectors_cli.results import Change, Document

if TYPE_CHECKING:
    from connectors_cli.services.connectors import Wanted

app = typer.Typer()


@app.command()
def install(
    ctx: typer.Context,
    type_key: Annotated[
        str | None,
        typer.Argument(
            metavar="TYPE", help="The service's key or alias.", autocompletion=catalog_keys
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("-N", "--name", help="The connector's name; else the type's key.")
    ] = None,
    sets: SetValues = None,
    set_json: SetJson = None,
    secrets: Secrets = None,
    from_file: FromFile = None,
    from_env: FromEnv = None,
    keep_newline: KeepNewline = False,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Label it; may be repeated.")
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate", help="Make it a publish target at once.")
    ] = False,
    upsert: Annotated[
        bool, typer.Option("--upsert", help="Update the connector of this name if it is there.")
    ] = False,
    if_not_exists: Annotated[
        bool,
        typer.Option("--if-not-exists", help="Leave the connector of this name if it is there."),
    ] = False,
    questions: Annotated[
        bool,
        typer.Option("--questions", help="Print what is still to be asked, as JSON; ask nothing."),
    ] = False,
    preset: Annotated[
        str | None, typer.Option("--preset", metavar="P", help="Begin with a preset's settings.")
    ] = None,
    copy_from: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="TENANT/NAME", help="Copy a connector, but for what signing in fills."
        ),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(
            "--auth",
            metavar="METHOD",
            help="Sign in then: browser, device, paste, token or none; at a terminal the best.",
            autocompletion=lambda: ["browser", "device", "paste", "token", "none"],
        ),
    ] = None,
    test: Annotated[bool, typer.Option("--test", help="Test the connection afterwards.")] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
    dry_run: DryRun = False,
) -> Change | Document:
    """Install a connector: a form at a terminal, or values from options, a file, variables."""
    from connectors_cli import authorizing, intake  # what writes: not for --help and completion
    from connectors_cli.oauth import Options
    from connectors_cli.services import connectors

    only_one(upsert=upsert, if_not_exists=if_not_exists)
    goes_with("--test", test, timeout=timeout)
    tests = test_options(test, timeout, ca_file, allow_http)
    run = run_of(ctx)
    options = value_options(sets, set_json, secrets, from_file, from_env, keep_newline)
    options = replace(options, preset=preset)
    if questions:
        run.options["json"] = True
        return intake.questions(run, type_key, options)
    if copy_from is None:
        wanted, notes = intake.wanted_connector(run, type_key, name, options, auth)
    else:
        alone = type_key is None and preset is None and not options.any
        wanted, notes = _copied(run, copy_from, name, alone=alone, dry_run=dry_run)
    wanted = replace(
        wanted,
        tags=(*wanted.tags, *(tag or ())),
        status="active" if activate else wanted.status,
    )
    existing: connectors.OnExisting = "update" if upsert else "keep" if if_not_exists else "fail"
    done = connectors.install_connector(
        run.workspace(), wanted, on_existing=existing, commit=not dry_run
    )
    changed = replace(done, notes=(*done.notes, *notes), show_fields=dry_run or upsert)
    changed = authorizing.after_install(
        run, changed, Options(auth, ca_file=ca_file, allow_http=allow_http)
    )
    if tests is not None:
        from connectors_cli import checking  # the network

        return checking.tested(run, changed, tests)
    return changed


def _copied(
    run: Run, source: str, name: str | None, *, alone: bool, dry_run: bool
) -> "tuple[Wanted, tuple[str, ...]]":
    """Return the connector to install as another tenant has it; UsageError beside own values."""
    from connectors_cli import copying

    if not alone:
        raise UsageError("--from takes all from a connector: give no type and no values")
    return copying.wanted_copy(run, source, name, commit=not dry_run)
