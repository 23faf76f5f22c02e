"""The fast lane: frequent commands, parsed without Typer to start quickly.

It accepts a line only if it understands all of it, and calls the handler that Typer's lane calls.
"""

from __future__ import annotations

import os
import sys

from connectors_cli.cli import boundary, command_table
from connectors_cli.cli.context import CommandContext, asks_json
from connectors_cli.settings import COLORS
from connectors_cli.system import streams

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from connectors_cli.cli.command_table import Switch

    Values = dict[str, Any]

# The module in `cli.handlers` and the function of each command.
HANDLERS = {
    "targets": ("connectors", "targets"),
    "list": ("connectors", "list_"),
    "show": ("connectors", "show"),
    "catalog": ("catalog", "list_"),
    "catalog list": ("catalog", "list_"),
    "catalog show": ("catalog", "show"),
    "get": ("values", "get"),
    "env": ("values", "env"),
    "run": ("values", "run"),
    "inject": ("values", "inject"),
    "log": ("log", "log"),
    "stats": ("log", "stats"),
    "auth status": ("auth", "status"),
    "key status": ("key", "status"),
    "key rotate": ("key", "rotate"),
    "key prune": ("key", "prune"),
    "whoami": ("whoami", "whoami"),
    "ui": ("ui", "ui"),
    "install": ("install", "install"),
    "edit": ("edit", "edit"),
    "remove": ("removal", "remove"),
    "restore": ("removal", "restore"),
    "validate": ("validate", "validate"),
    "test": ("test", "test"),
    "export": ("transfer", "export"),
    "apply": ("transfer", "apply"),
    "import": ("transfer", "import_"),
    "backup": ("store", "backup"),
    "doctor": ("store", "doctor"),
}
GROUPS = frozenset(name.partition(" ")[0] for name in HANDLERS if " " in name)
# The commands whose output is the same for people and programs, or that have none.
_PLAIN = frozenset({"get", "env", "run", "inject", "ui"})
# The commands that may ask or show a form at a terminal: only Typer's lane does.
_ASKING = frozenset({"install", "edit", "remove", "restore", "validate", "test"})
_ASKING |= {"export", "apply", "import", "key prune"}
_LONGEST_NUMBER = 9


class _Unclear(Exception):
    """The line has a word that only Typer understands."""


def run(line: list[str]) -> int | None:
    """Run a line and return its exit code, or None to leave it to Typer."""
    if sys.stdout is None or "_CONNECTORS_COMPLETE" in os.environ:
        return None
    try:
        name, shared, values = parse(line)
    except _Unclear:
        return None
    context = CommandContext(errors_as_json=asks_json(line))
    for option, value in shared:
        context.add_option(option, value)
    if name not in _PLAIN and context.is_for_people:
        return None
    if name in _ASKING and context.interactive:
        return None
    streams.prepare()
    return boundary.complete(lambda: _handler(name)(context, **values), context)


def _handler(name: str) -> Any:
    module, function = HANDLERS[name]
    found = __import__(f"connectors_cli.cli.handlers.{module}", fromlist=(function,))
    return getattr(found, function)


def parse(line: list[str]) -> tuple[str, list[tuple[str, Any]], Values]:
    """Return a line's command, its global options in their order, and its own values.

    Raises _Unclear for a line that Typer has to read.
    """
    given, words = _split(line, command_table.GLOBAL, stops=True)
    shared = list(_checked(given))
    if not words:
        raise _Unclear
    name, *words = words
    own: list[tuple[str, Any]] = []
    if name in GROUPS:
        given, words = _split(words, _switches(name), stops=True)
        if words:
            shared += _checked(given)
            name, *words = (f"{name} {words[0]}", *words[1:])
        else:
            own = given
    if name not in HANDLERS:
        raise _Unclear
    given, words = _split(words, _switches(name), stops=False)
    names = command_table.NAMES
    own += given
    shared += _checked(pair for pair in own if pair[0] in names)
    values: Values = dict(command_table.DEFAULTS[name])
    for option, value in own:
        if isinstance(value, tuple):
            values[option] = [*(values[option] or ()), *value]
        elif option not in names:
            values[option] = value
    _assign(name, words, values)
    return name, shared, values


def _switches(name: str) -> dict[str, Switch]:
    if name not in command_table.OPTIONS:
        raise _Unclear
    return {**command_table.GLOBAL, **command_table.OPTIONS[name]}


def _checked(given: Any) -> Iterator[tuple[str, Any]]:
    """Yield global options; raises _Unclear for another option, or an unknown color."""
    for option, value in given:
        if option not in command_table.NAMES or (option == "color" and value not in COLORS):
            raise _Unclear
        yield option, value


def _split(
    line: list[str], switches: Mapping[str, Switch], *, stops: bool
) -> tuple[list[tuple[str, Any]], list[str]]:
    """Return the options at the beginning of a line, or with `stops` false anywhere, and the rest.

    Raises _Unclear for an unknown option, and for one with a value that it does not accept.
    """
    given: list[tuple[str, Any]] = []
    words: list[str] = []
    rest = iter(line)
    for word in rest:
        if word == "--":
            words += rest
        elif word[:1] == "-" and word != "-":
            given += _options(word, rest, switches)
        else:
            words.append(word)
            if stops:
                words += rest
    return given, words


def _options(
    word: str, rest: Iterator[str], switches: Mapping[str, Switch]
) -> Iterator[tuple[str, Any]]:
    """Yield the options of a word: a long one, or short ones that are joined."""
    long, joined, value = word.partition("=")
    if long in switches and len(long) > 2:
        option, kind = switches[long]
        if kind == "flag":
            if joined:
                raise _Unclear
            yield option, True
        else:
            yield option, _value(kind, value if joined else next(rest, None))
        return
    for place, letter in enumerate(word[1:], 2):
        option, kind = switches.get(f"-{letter}", ("", ""))
        if not option:
            raise _Unclear
        if kind != "flag":
            yield option, _value(kind, word[place:] or next(rest, None))
            return
        yield option, True


def _value(kind: str, text: str | None) -> Any:
    """Return the value of an option: text, a number, or a tuple for one that can be repeated."""
    if text is None or not _is_unicode(text):
        raise _Unclear
    if kind == "number" or kind.startswith("number "):
        return _number(text, kind)
    return (text,) if kind == "texts" else text


def _number(text: str, kind: str) -> int:
    bounds = [*map(int, kind.split()[1:])]
    most = bounds[1] if bounds[1:] else 10**_LONGEST_NUMBER
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    if not is_number or not (bounds or [0])[0] <= int(text) <= most:
        raise _Unclear
    return int(text)


def _assign(command: str, words: list[str], values: Values) -> None:
    """Set the arguments; raises _Unclear for too few or too many words, or a missing option."""
    needed = command_table.REQUIRED.get(command, ())
    if any(values[option] is None for option in needed) or not all(map(_is_unicode, words)):
        raise _Unclear
    for name, many, required in command_table.ARGUMENTS[command]:
        if required and not words:
            raise _Unclear
        if many:
            values[name], words = (list(words) or values[name]), []
        elif words:
            values[name], *words = words
    if words:
        raise _Unclear


def _is_unicode(text: str) -> bool:
    return text.isascii() or text.encode(errors="replace").decode() == text
