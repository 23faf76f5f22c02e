"""Parameters that several commands share."""

from typing import TYPE_CHECKING, Annotated

import typer

from connectors_cli.commands.completions import catalog_keys, connector_names
from connectors_cli.context import Run
from connectors_cli.errors import UsageError

if TYPE_CHECKING:
    from connectors_cli.collecting import ValueOptions
    from connectors_cli.database import Database
    from connectors_cli.rows import Rows
    from connectors_cli.services.checks import Options


def value_options(
    sets: list[str] | None,
    set_json: list[str] | None,
    secrets: list[str] | None,
    from_file: str | None,
    from_env: str | None,
    keep_newline: bool,
) -> "ValueOptions":
    """Return the options that give values, together."""
    from connectors_cli.collecting import ValueOptions

    return ValueOptions(
        sets=tuple(sets or ()),
        set_json=tuple(set_json or ()),
        secrets=tuple(secrets or ()),
        file=from_file,
        env_prefix=from_env,
        keep_newline=keep_newline,
    )


def test_options(
    tests: bool, timeout: str | None, ca_file: str | None, allow_http: bool
) -> "Options | None":
    """Return how connections are tested along with something else, None where they are not.

    What is wrong with it is told before anything is done.
    """
    if not tests:
        return None
    from connectors_cli.durations import duration
    from connectors_cli.http import trust
    from connectors_cli.services.checks import Options

    trust(ca_file)
    return Options(duration(timeout or "10s", "--timeout"), ca_file=ca_file, allow_http=allow_http)


def goes_with(flag: str, given: bool, **others: object) -> None:
    """Raise UsageError for options that say something only together with a flag."""
    alone = [f"--{name.replace('_', '-')}" for name, value in others.items() if value]
    if alone and not given:
        raise UsageError(f"{' and '.join(alone)} {'go' if alone[1:] else 'goes'} with {flag}")


def only_one(**chosen: bool) -> None:
    """Raise UsageError when options that exclude each other are given together."""
    given = [f"--{name.replace('_', '-')}" for name, value in chosen.items() if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} exclude each other")


def note_unknown(run: Run, db: "Database", rows: "Rows", capability: str | None) -> "Rows":
    """Return rows; where people see none of them, say that no service has the capability."""
    if capability is not None and run.row_output in {"cards", "table"} and rows.is_empty():
        from connectors_cli.services import types

        if said := types.unknown_word(db, {"capability": capability}):
            run.note(said)
    return rows


Name = Annotated[
    str, typer.Argument(help="The connector's name or id.", autocompletion=connector_names)
]
Names = Annotated[
    list[str], typer.Argument(help="Connectors' names or ids.", autocompletion=connector_names)
]
CatalogKey = Annotated[
    str, typer.Argument(help="The service's key or alias.", autocompletion=catalog_keys)
]
Capability = Annotated[
    str | None, typer.Option("--capability", help="Only types that can do this: post_image.")
]
TypeKey = Annotated[
    str | None,
    typer.Option("--type", help="Only connectors of this type.", autocompletion=catalog_keys),
]
Tag = Annotated[str | None, typer.Option("--tag", help="Only connectors with this tag.")]
DryRun = Annotated[
    bool, typer.Option("-n", "--dry-run", help="Show what would be done, and do nothing.")
]
About = Annotated[
    str | None,
    typer.Argument(
        help="Only about this connector, under all its names.", autocompletion=connector_names
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Not before: 7d ago, or 2026-11-01 in UTC."),
]
Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="Before: 1h ago, or a date or time.")
]
Actor = Annotated[
    str | None, typer.Option("--actor", help="Only who acted: a principal or an email address.")
]
Timeout = Annotated[
    str | None,
    typer.Option("--timeout", metavar="TIME", help="For all of one test: 10s, 500ms, 1m."),
]
CaFile = Annotated[
    str | None, typer.Option("--ca-file", metavar="FILE", help="Trust these authorities too (PEM).")
]
AllowHttp = Annotated[
    bool, typer.Option("--allow-http", help="Send credentials without encryption, too.")
]
SetValues = Annotated[
    list[str] | None,
    typer.Option("-s", "--set", metavar="FIELD=VALUE", help="A setting; dots lead into objects."),
]
SetJson = Annotated[
    list[str] | None, typer.Option("--set-json", metavar="FIELD=JSON", help="A setting, as JSON.")
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "-S",
        "--secret",
        metavar="FIELD=SOURCE",
        help="A credential from env:VAR, file:PATH, cmd:COMMAND or - (standard input).",
    ),
]
FromFile = Annotated[
    str | None,
    typer.Option(
        "-f", "--from-file", metavar="FILE", help="Values from JSON, YAML or TOML; - is stdin."
    ),
]
FromEnv = Annotated[
    str | None,
    typer.Option("--from-env", metavar="PREFIX", help="Values from PREFIX_FIELD variables."),
]
Prefix = Annotated[
    str | None,
    typer.Option("--prefix", metavar="P", help="What variables begin with, for CONNECTOR or NAME."),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="FIELD", help="Only this field; may be repeated."),
]
Passphrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase",
        metavar="SOURCE",
        help="A sealed file's, from env:VAR, file:PATH, cmd:COMMAND or -; else it is asked for.",
    ),
]
KeepNewline = Annotated[
    bool, typer.Option("--keep-newline", help="Keep the newline that a file or pipe ends with.")
]
