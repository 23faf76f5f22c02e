"""Parameters that several commands share, and the examples in their help."""

from typing import Annotated

import typer

from connectors_cli.cli import field_completion
from connectors_cli.cli.completion import catalog_keys, connector_names


def examples(*lines: str) -> str:
    """Return command lines as the epilog of a command's help, each on a line of its own."""
    return "\n".join(["[bold]Examples:[/]", *(line.replace("[", r"\[") for line in lines)])


Name = Annotated[
    str, typer.Argument(help="Name or id of the connector.", autocompletion=connector_names)
]
Names = Annotated[
    list[str], typer.Argument(help="Names or ids of connectors.", autocompletion=connector_names)
]
CatalogKey = Annotated[
    str, typer.Argument(help="Key or alias of the service.", autocompletion=catalog_keys)
]
FormType = Annotated[
    str | None,
    typer.Argument(
        metavar="TYPE", help="Key or alias of the service.", autocompletion=catalog_keys
    ),
]
Capability = Annotated[
    str | None,
    typer.Option(
        "--capability",
        help="Only connectors that can do this, e.g. post_image.",
        autocompletion=field_completion.capabilities,
    ),
]
TypeKey = Annotated[
    str | None,
    typer.Option("--type", help="Only connectors of this type.", autocompletion=catalog_keys),
]
Tag = Annotated[
    str | None,
    typer.Option(
        "--tag", help="Only connectors with this tag.", autocompletion=field_completion.tags
    ),
]
Search = Annotated[
    str | None,
    typer.Option(
        "-q",
        "--search",
        metavar="WORDS",
        help="Only those with every word in name, type, account, tags or settings.",
    ),
]
SortBy = Annotated[
    str | None,
    typer.Option(
        "--sort-by",
        metavar="FIELD",
        help="Sort by this field; -FIELD for the last first.",
        autocompletion=field_completion.sorting_fields,
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Only this many rows.")]
Watch = Annotated[
    bool, typer.Option("--watch", help="Show the list again when it has changed, until Ctrl-C.")
]
AllTenants = Annotated[
    bool, typer.Option("-A", "--all-tenants", help="List those of all your tenants.")
]
DryRun = Annotated[
    bool, typer.Option("-n", "--dry-run", help="Show what would change; change nothing.")
]
About = Annotated[
    str | None,
    typer.Argument(
        help="Only this connector, including its earlier names.", autocompletion=connector_names
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="Only from this time on: 7d ago, or 2026-11-01 (UTC)."
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="TIME", help="Only before this time: 1h ago, or a date or time (UTC)."
    ),
]
Actor = Annotated[
    str | None, typer.Option("--actor", help="Only this user: a principal or an email address.")
]
Timeout = Annotated[
    str | None,
    typer.Option("--timeout", metavar="TIME", help="Time limit per test, e.g. 10s, 500ms, 1m."),
]
CaFile = Annotated[
    str | None,
    typer.Option(
        "--ca-file", metavar="FILE", help="Also trust these certificate authorities (PEM)."
    ),
]
AllowHttp = Annotated[
    bool, typer.Option("--allow-http", help="Allow sending credentials over plain http.")
]
AcceptNewHostKey = Annotated[
    bool,
    typer.Option(
        "--accept-new-host-key",
        help="Save the SSH key of a host that is not known yet, and continue.",
    ),
]
SetValues = Annotated[
    list[str] | None,
    typer.Option(
        "-s",
        "--set",
        metavar="FIELD=VALUE",
        help="Set a setting; use dots for nested fields.",
        autocompletion=field_completion.settings_to_set,
    ),
]
SetJson = Annotated[
    list[str] | None,
    typer.Option(
        "--set-json",
        metavar="FIELD=JSON",
        help="Set a setting to a JSON value.",
        autocompletion=field_completion.settings_to_set_as_json,
    ),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "-S",
        "--secret",
        metavar="FIELD=SOURCE",
        help="Set a credential from env:VAR, file:PATH, cmd:COMMAND or - (stdin).",
        autocompletion=field_completion.credentials_to_set,
    ),
]
FromFile = Annotated[
    str | None,
    typer.Option(
        "-f",
        "--from-file",
        metavar="FILE",
        help="Read values from a JSON, YAML or TOML file; - is stdin.",
    ),
]
Answers = Annotated[
    str | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        help="Read answers to the questions of --questions; - is stdin.",
    ),
]
FromEnv = Annotated[
    str | None,
    typer.Option(
        "--from-env", metavar="PREFIX", help="Read values from variables named PREFIX_FIELD."
    ),
]
Prefix = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        metavar="P",
        help="Prefix of the variable names; default CONNECTOR, or NAME for several.",
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="FIELD",
        help="Only these fields, e.g. a,b; can be repeated.",
        autocompletion=field_completion.fields_with_values,
    ),
]
ForTool = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="TOOL",
        help="Name the variables as this program reads them, too, e.g. gh or rclone.",
        autocompletion=field_completion.tools,
    ),
]
Passphrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase",
        metavar="SOURCE",
        help="Passphrase from env:VAR, file:PATH, cmd:COMMAND or -; prompted for by default.",
    ),
]
TrustCost = Annotated[
    bool,
    typer.Option(
        "--trust-cost", help="Accept a passphrase cost of more than four times the usual one."
    ),
]
AllowCommands = Annotated[
    bool,
    typer.Option("--allow-commands", help="Run the commands of a file (cmd:) without asking."),
]
KeepNewline = Annotated[
    bool, typer.Option("--keep-newline", help="Keep the final newline of a file or pipe.")
]
