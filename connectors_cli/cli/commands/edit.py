"""The command `edit`: changes to an installed connector."""

from typing import Annotated

import typer

from connectors_cli.cli.context import context_of
from connectors_cli.cli.field_completion import fields_with_values, tags
from connectors_cli.cli.options import (
    AcceptNewHostKey,
    AllowCommands,
    AllowHttp,
    Answers,
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
    examples,
)
from connectors_cli.services.output import Document
from connectors_cli.services.results import Change

app = typer.Typer()


@app.command(
    epilog=examples(
        "connectors edit blog --set site_url=https://blog.example.com",
        "connectors edit blog --secret application_password=env:WP_PASSWORD --test",
    )
)
def edit(
    ctx: typer.Context,
    name: Name,
    sets: SetValues = None,
    set_json: SetJson = None,
    secrets: Secrets = None,
    from_file: FromFile = None,
    from_env: FromEnv = None,
    answers: Answers = None,
    keep_newline: KeepNewline = False,
    allow_commands: AllowCommands = False,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            "--unset",
            metavar="FIELD",
            help="Remove a field's value.",
            autocompletion=fields_with_values,
        ),
    ] = None,
    rename: Annotated[
        str | None, typer.Option("--rename", metavar="NAME", help="Rename the connector.")
    ] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Add a tag; can be repeated.", autocompletion=tags),
    ] = None,
    untag: Annotated[
        list[str] | None,
        typer.Option("--untag", help="Remove a tag; can be repeated.", autocompletion=tags),
    ] = None,
    activate: Annotated[
        bool, typer.Option("--activate", help="Activate: use it as a publish target.")
    ] = False,
    deactivate: Annotated[
        bool, typer.Option("--deactivate", help="Deactivate: stop using it as a publish target.")
    ] = False,
    editor: Annotated[
        bool, typer.Option("--editor", help="Edit the settings in $VISUAL or $EDITOR.")
    ] = False,
    questions: Annotated[
        bool,
        typer.Option(
            "--questions", help="Print questions, answers and problems as JSON; change nothing."
        ),
    ] = False,
    if_version: Annotated[
        int | None,
        typer.Option(
            "--if-version",
            help="Only change it if it is still at this version (otherwise exit code 6).",
        ),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show the changes field by field.")] = False,
    test: Annotated[
        bool, typer.Option("--test", help="Test the connection after the change.")
    ] = False,
    timeout: Timeout = None,
    ca_file: CaFile = None,
    allow_http: AllowHttp = False,
    accept_new_host_key: AcceptNewHostKey = False,
    dry_run: DryRun = False,
) -> Change | Document:
    """Change a connector's settings, credentials, name, tags or status.

    On a terminal and without options, shows a form with the current values.
    """
    from connectors_cli.cli.handlers import edit as handler  # slow to import; not for --help

    return handler.edit(
        context_of(ctx),
        name,
        sets,
        set_json,
        secrets,
        from_file,
        from_env,
        answers,
        keep_newline,
        allow_commands,
        unset,
        rename,
        tag,
        untag,
        activate,
        deactivate,
        editor,
        questions,
        if_version,
        diff,
        test,
        timeout,
        ca_file,
        allow_http,
        accept_new_host_key,
        dry_run,
    )
