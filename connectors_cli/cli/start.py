"""The first page at a terminal, words of other programs for commands, and names to pick."""

from collections.abc import Callable
from typing import Any

from typer._click.exceptions import MissingParameter

from connectors_cli.cli import name_choice
from connectors_cli.cli.context import CommandContext
from connectors_cli.errors import ConnectorsError, UsageError
from connectors_cli.store.read.rows import TEXT

SYNONYMS = {
    **dict.fromkeys(("uninstall", "rm", "delete"), "remove"),
    **dict.fromkeys(("ls", "status"), "list"),
    "add": "install",
    "update": "edit",
    "search": "catalog -q",
    "login": "auth login",
    "logout": "auth logout",
    **dict.fromkeys(("new", "create"), "install"),
    **dict.fromkeys(("describe", "inspect", "info"), "show"),
    **dict.fromkeys(("types", "services"), "catalog"),
    "connectors": "list",
    "tenants": "tenant list",
    "members": "member list",
    "presets": "preset list",
    "keys": "key status",
    "history": "log",
    "exec": "run",
    "check": "test",
    "settings": "config list",
}
"""Commands of other programs, with ours for the same."""


_LISTED = {
    **{
        word: SYNONYMS[word]
        for word in ("tenants", "members", "presets", "keys", "services", "types")
    },
    "connectors": "list",
    "removed": "list --removed",
    **dict.fromkeys(("catalog", "targets"), ""),
}
"""What people want to list, with our commands; empty for a command of this name."""
_NAMING = frozenset({"show", "edit", "remove", "run", "get", "auth login", "auth logout"})
"""Commands whose missing NAME is picked from a list."""


def refuse_synonym(line: list[str]) -> None:
    """Raise UsageError with the right command for words of another program."""
    word, *rest = line
    if rest and word in {"list", "ls"} and rest[0].lower() in _LISTED:
        ours = f"connectors {_LISTED[rest[0].lower()] or rest[0].lower()}"
        raise UsageError(f"no such command 'list {rest[0]}'; the command is: {ours}", hint=ours)
    if word in SYNONYMS:
        ours = f"connectors {SYNONYMS[word]}"
        raise UsageError(f"no such command {word!r}; the command is: {ours}", hint=ours)


def with_name(call: Callable[[list[str]], Any], line: list[str], context: CommandContext) -> Any:
    """Return what a line returns; at a terminal, a name that it lacks is picked from a list.

    So is a field of `get`; where nobody can pick, the error names the fields.
    """
    try:
        return call(line)
    except MissingParameter as error:
        path = (error.ctx.command_path if error.ctx else "").partition(" ")[2]
        lacking = str(error.param.name) if error.param is not None else ""
        if path == "get" and lacking == "field" and error.ctx is not None:
            word = _field(str(error.ctx.params["name"]), line, context)
        elif path in _NAMING and lacking in {"name", "names"} and context.interactive:
            word = name_choice.pick_name(context)
        else:
            raise
        end = line.index("--") if "--" in line else len(line)
        return with_name(call, [*line[:end], word, *line[end:]], context)


def _field(name: str, line: list[str], context: CommandContext) -> str:
    """Return the field that the person picks; credentials are offered with --reveal."""
    fields = name_choice.fields_of(context, name, credentials="--reveal" in line)
    if context.interactive and fields:
        return name_choice.pick_field(context, name, fields)
    known = name_choice.fields_of(context, name, credentials=True)
    raise UsageError("missing argument 'FIELD'", hint=f"use one of: {', '.join(known)}")


def page(context: CommandContext) -> str:
    """Return the first page: what this is, what is installed, and what to type."""
    return f"""\
The accounts that a company publishes with, encrypted, on this machine.

{_installed(context)}

  connectors ui                   see and do all of it on a full screen
  connectors catalog              find a service
  connectors install TYPE         install an account of it
  connectors run NAME -- COMMAND  run a program with its values

All commands: connectors --help     One of them: connectors help install
A first tour: connectors help first-steps
"""


def _installed(context: CommandContext) -> str:
    try:
        return "\n".join(_counts(context))
    except ConnectorsError as error:
        return f"error: {error.message}\nSee: connectors doctor"


def _counts(context: CommandContext) -> list[str]:
    from connectors_cli.store.read import connectors

    db, tenant = context.reader(), context.settings.tenant
    count = connectors.count_installed(db, tenant) if db is not None else 0
    if db is None or not count:
        return ["Nothing is installed yet."]
    targets = connectors.count_publish_targets(db, tenant)
    lines = [f"{count:,} installed in tenant {tenant}, {targets:,} of them publish targets."]
    failing = connectors.list_installed(db, tenant, (("name", TEXT),), status="error").rows
    if broken := sum(1 for _ in failing):
        lines.append(f"{broken:,} need you: connectors list --status error")
    return lines
