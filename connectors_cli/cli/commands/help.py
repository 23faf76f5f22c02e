"""The command `help`: guides, reference tables and the help of commands."""

import os
from typing import Annotated, Any

import typer

import connectors_cli
from connectors_cli.cli.options import examples
from connectors_cli.errors import EXIT_CODES, UsageError
from connectors_cli.services.output import Guide, Text

app = typer.Typer()

GUIDES = os.path.join(os.path.dirname(connectors_cli.__file__), "guide")
ENVIRONMENT = (
    ("CONNECTORS_HOME", "folder of the local store"),
    ("CONNECTORS_STORE", "path or URL of the store (same as --store)"),
    (
        "CONNECTORS_ALLOW_INSECURE_STORE",
        "1: accept a store's server that is not verified (same as --allow-insecure-store)",
    ),
    ("CONNECTORS_TENANT", "tenant to use (same as --tenant)"),
    ("CONNECTORS_OUTPUT", "output format to use (same as --output)"),
    ("CONNECTORS_NO_INPUT", "never prompt (same as --no-input); CI has the same effect"),
    ("CONNECTORS_REASON", "why credentials are used, for the audit log (same as --reason)"),
    ("CONNECTORS_USER_EMAIL", "email address in the audit log; default: git's user.email"),
    ("CONNECTORS_USER_NAME", "name in the audit log; default: git's user.name"),
    ("CONNECTOR_AUTH_ENCRYPTION_KEY", "encryption key, or several separated by commas"),
    (
        "CONNECTOR_AUTH_ENCRYPTION_KEY_FILE",
        "file that contains the key and is readable only by you",
    ),
    ("CONNECTOR_AUTH_ENCRYPTION_KEY_COMMAND", "command that prints the key"),
    ("CONNECTORS_PASS_KEY", "1: a cmd: source that is connectors itself gets the key and store"),
    (
        "CONNECTORS_CA_FILE",
        "more certificate authorities in PEM (as --ca-file), also for refreshes by run and env",
    ),
    ("CONNECTORS_PAGER", "program that shows long output, before PAGER; empty for none"),
    ("PAGER", "program that shows long output; empty for none"),
    ("NO_COLOR", "no colors (same as --color never)"),
    ("FORCE_COLOR", "colors in pipes, too (same as --color always); also CLICOLOR_FORCE"),
)


def _table(rows: tuple[tuple[object, str], ...]) -> str:
    width = max(len(str(name)) for name, _ in rows)
    return "\n".join(f"{name!s:<{width}}  {text}" for name, text in rows)


TABLES: dict[str, tuple[str, tuple[tuple[object, str], ...]]] = {
    "exit-codes": ("meaning of each exit code", EXIT_CODES),
    "environment": ("environment variables", ENVIRONMENT),
}


def guides() -> dict[str, str]:
    """Return the text of each guide by its name."""
    names = sorted(name[:-3] for name in os.listdir(GUIDES) if name.endswith(".md"))
    return {name: _read(name) for name in names}


def _read(name: str) -> str:
    with open(os.path.join(GUIDES, f"{name}.md"), encoding="utf-8") as file:
        return file.read()


def _topics() -> str:
    rows = {name: text.partition("\n")[0].partition(": ")[2] for name, text in guides().items()}
    rows = {**rows, **{name: title for name, (title, _) in TABLES.items()}}
    return (
        f"Topics: connectors help TOPIC\n\n{_table(tuple(sorted(rows.items())))}\n\n"
        "A command's options: connectors help COMMAND. All commands: connectors --help"
    )


def _known(ctx: typer.Context) -> list[str]:
    root: Any = ctx.find_root().command
    return [*guides(), *TABLES, *root.list_commands(ctx)]


@app.command("help", epilog=examples("connectors help keys", "connectors help auth login"))
def help_(
    ctx: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TOPIC | COMMAND...]",
            help="A topic, or a command and its subcommand.",
            autocompletion=_known,
            show_default=False,
        ),
    ] = None,
) -> Guide | Text | None:
    """Show a guide, or a command's help.

    Without a topic, lists the topics. On a terminal a guide is formatted, and a long one opens in
    $PAGER; in a pipe it is Markdown.
    """
    if not words:
        return Text(_topics())
    name, *rest = words
    root: Any = ctx.find_root().command
    if name in root.list_commands(ctx):
        line = [name, *rest, "--help"]
        root.main(line, prog_name="connectors", standalone_mode=False, obj=ctx.obj)
        return None
    if name in TABLES and not rest:
        return Text(_table(TABLES[name][1]))
    if name in guides() and not rest:
        return Guide(_read(name))
    raise _unknown(" ".join(words), _known(ctx))


def _unknown(name: str, known: list[str]) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name.casefold(), known, 3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return UsageError(
        f"no guide or command {name[:50]!r}", hint=f"{meant}see all topics with: connectors help"
    )
