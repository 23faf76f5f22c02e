"""Confirmation: prompts on a terminal, or accepts `--yes` and `--confirm`."""

import sys
from collections.abc import Callable, Iterable
from typing import TypeVar

from connectors_cli.cli.context import CommandContext
from connectors_cli.documents.sources import kind_of
from connectors_cli.errors import Cancelled, InputNeeded, NewHost, UsageError
from connectors_cli.system.text import printable, shell_quoted

_Result = TypeVar("_Result")
_ACTS = {"cmd": "runs the command", "file": "reads the file"}
CANCELLED = "Cancelled. Nothing was changed."


def confirm(context: CommandContext, question: str, action: str) -> None:
    """Return if `--yes` was given or the person answers yes.

    `action` begins the error when no prompt is possible: "deleting blog permanently".

    Raises:
        Cancelled: the answer is no.
        InputNeeded: there is no terminal to prompt on.
    """
    if context.yes:
        return
    if not context.interactive:
        raise InputNeeded(f"{action} needs confirmation", hint="add --yes")
    from connectors_cli.cli.prompts import ask

    if not ask.confirm(question, default=False, color=context.color):
        raise Cancelled(CANCELLED)


def may_ask(context: CommandContext) -> bool:
    """Return whether a person answers: at a terminal and without `--yes`."""
    return context.interactive and not context.yes


def confirm_sources(context: CommandContext, file: str, sources: Iterable[str]) -> None:
    """Show what a file runs and reads, and return if the person agrees.

    Without a person to ask, reading files needs no answer.

    Raises:
        Cancelled: the answer is no.
        InputNeeded: the file runs commands, and nobody looks at them.
    """
    found = [source for source in dict.fromkeys(sources) if kind_of(source) in _ACTS]
    if not may_ask(context):
        check_commands(file, found)
    elif found:
        show_sources(file, found)
        confirm(context, "Continue?", "using a file's sources")


def check_commands(file: str, sources: Iterable[str]) -> None:
    """Raise InputNeeded if a file runs commands, which needs `--allow-commands`."""
    commands = [source for source in dict.fromkeys(sources) if kind_of(source) == "cmd"]
    if commands:
        more = f" and {len(commands) - 1} more" if commands[1:] else ""
        raise InputNeeded(
            f"{file} runs commands, {commands[0].removeprefix('cmd:')!r}{more}; nothing was run",
            hint="read the file; if its commands may run, add --allow-commands",
        )


def show_sources(file: str, sources: Iterable[str]) -> None:
    """Show on standard error what a file runs and reads, whole and also with --quiet."""
    for source in dict.fromkeys(sources):
        if act := _ACTS.get(kind_of(source)):
            rest = source.partition(":")[2].encode("utf-8", "backslashreplace").decode()
            sys.stderr.write(f"{printable(file)} {act}: {printable(rest)}\n")
    sys.stderr.flush()


def confirm_new_host(context: CommandContext, act: Callable[[bool], _Result]) -> _Result:
    """Return the result of `act`, after asking if it would send credentials to another host.

    `act` is called with whether that is agreed to.

    Raises:
        NewHost: there is no terminal to ask on, and no `--yes`.
        Cancelled: the answer is no.
    """
    if context.yes or not context.interactive:
        return act(context.yes)
    try:
        return act(False)
    except NewHost as found:
        confirm(context, found.question, "this")
    return act(True)


def confirm_by_name(context: CommandContext, action: str, name: str, given: str | None) -> None:
    """Return if the name is repeated, by `--confirm` or by the person.

    Raises:
        UsageError: `--confirm` names something else.
        Cancelled: the person did not repeat the name.
        InputNeeded: there is no terminal to prompt on.
    """
    if given is not None:
        if given != name:
            raise UsageError(f"--confirm names {given[:64]!r}, not {name[:64]!r}")
        return
    if not context.interactive:
        raise InputNeeded(
            f"{action} needs confirmation", hint=f"add --confirm {shell_quoted(name)}"
        )
    from connectors_cli.cli.prompts import ask

    context.note(f"{action[:1].upper()}{action[1:]}.")
    if not ask.type_to_confirm(name, color=context.color):
        raise Cancelled(CANCELLED)
