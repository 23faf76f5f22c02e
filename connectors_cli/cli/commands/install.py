"""The command `install`: a new connector, which is one account of a service."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import presets, tags
from connectors_cli.cli.options import (
    AcceptNewHostKey,
    AllowCommands,
    AllowHttp,
    Answers,
    CaFile,
    DryRun,
    FormType,
    FromEnv,
    FromFile,
    KeepNewline,
    Secrets,
    SetJson,
    SetValues,
    Timeout,
    examples,
)
from connectors_cli.services.output import Document
from connectors_cli.services.results import Change

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors install wordpress",
        "connectors install buttondown --secret api_key=env:BUTTONDOWN_KEY --test",
    )
)
def install(
    ctx: typer.Context,
    type_key: FormType = None,
    name: Annotated[
        str | None,
        typer.Option(
            "-N", "--name", help="Name of the connector; default: the key of the service."
        ),
    ] = None,
    sets: SetValues = None,
    set_json: SetJson = None,
    secrets: Secrets = None,
    from_file: FromFile = None,
    from_env: FromEnv = None,
    answers: Answers = None,
    keep_newline: KeepNewline = False,
    allow_commands: AllowCommands = False,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Add a tag; can be repeated.", autocompletion=tags),
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate", help="Activate it: use it as a publish target.")
    ] = False,
    upsert: Annotated[
        bool, typer.Option("--upsert", help="Update the connector with this name if it exists.")
    ] = False,
    if_not_exists: Annotated[
        bool,
        typer.Option("--if-not-exists", help="Do nothing if a connector with this name exists."),
    ] = False,
    questions: Annotated[
        bool,
        typer.Option(
            "--questions", help="Print questions, answers and problems as JSON; install nothing."
        ),
    ] = False,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            metavar="P",
            help="Start with the settings of a preset.",
            autocompletion=presets,
        ),
    ] = None,
    copy_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="TENANT/NAME",
            help="Copy a connector of another tenant, without its tokens.",
        ),
    ] = None,
    auth: Annotated[
        str | None,
        typer.Option(
            "--auth",
            metavar="METHOD",
            help="How to sign in after installing: browser, device, paste, token, client or none. "
            "Default in a terminal: the best available.",
            autocompletion=lambda: ["browser", "device", "paste", "token", "client", "none"],
        ),
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help="Test the connection after installing.")
    ] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
    accept_new_host_key: AcceptNewHostKey = False,
    dry_run: DryRun = False,
) -> Change | Document:
    """Install a connector: one account of a service.

    On a terminal, shows a form. In scripts, options, a file or variables set the values.
    """
    from connectors_cli.cli.handlers import install as handler  # slow to import; not for --help

    return handler.install(
        context_of(ctx),
        type_key,
        name,
        sets,
        set_json,
        secrets,
        from_file,
        from_env,
        answers,
        keep_newline,
        allow_commands,
        tag,
        activate,
        upsert,
        if_not_exists,
        questions,
        preset,
        copy_from,
        auth,
        test,
        timeout,
        ca_file,
        allow_http,
        accept_new_host_key,
        dry_run,
    )
