"""What every part of showing needs: the console, and text that no terminal acts on."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

from rich.console import Console

from connectors_cli.context import Run, is_terminal

STATUS_STYLES = {"active": "green", "inactive": "dim", "error": "red"}


TABLE_BLOCK = 200
_BARS = "▁▂▃▄▅▆▇█"
_DIGITS = "12345678"


def blocks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    """Yield rows in lists, a table each, so that a long one streams."""
    while block := list(islice(rows, TABLE_BLOCK)):
        yield block


def clean(text: str) -> str:
    """Return text that no terminal acts on: control and invisible characters are spelled out."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def as_text(value: Any) -> str:
    """Return a value as people read it: yes and no, lists and simple objects without brackets."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return ", ".join(value)
        case dict() if not any(isinstance(item, dict) for item in value.values()):
            return ", ".join(k if v is True else f"{k}: {as_text(v)}" for k, v in value.items())
        case _:
            return json.dumps(value, ensure_ascii=False)


def sparkline(counts: list[int], *, plain: bool = False) -> str:
    """Return numbers as a line of bars, the highest full; nothing is a dot.

    A plain one has digits in place of bars.
    """
    highest = max(counts, default=0)
    nothing, bars = (".", _DIGITS) if plain else ("·", _BARS)
    return "".join(
        bars[-(-count * len(bars) // highest) - 1] if count > 0 else nothing for count in counts
    )


class _Console(Console):
    """A console that leaves a reader that went away to the error boundary."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def console_for(run: Run, stream: Any) -> Console:
    wish = run.options.get("color") or "auto"
    plain = wish == "never" or (wish == "auto" and bool(run.environ.get("NO_COLOR")))
    dumb = wish == "auto" and run.environ.get("TERM") == "dumb"
    off = plain or dumb or (wish == "auto" and not is_terminal(stream))
    return _Console(
        file=stream,
        color_system=None if off else "auto",
        force_terminal=True if wish == "always" else None,
        no_color=off,
        markup=False,
        highlight=False,
        emoji=False,
    )
