"""The console of standard output and error, and values as text."""

from textwrap import wrap
from typing import Any, NoReturn

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.services.cards import STATUS_TONES
from connectors_cli.system.text import printable_lines

TONE_STYLES = {
    "plain": "",
    "dim": "dim",
    "fact": "cyan",
    "good": "green",
    "warning": "yellow",
    "bad": "red",
}
"""The style of each tone of `services.cards`."""
STATUS_STYLES = {status: TONE_STYLES[tone] for status, tone in STATUS_TONES.items()}


TABLE_BLOCK = 200
"""How many rows make one table: a long list streams as several."""
_NARROWEST = 20
_BARS = "▁▂▃▄▅▆▇█"
_DIGITS = "12345678"


def print_pairs(console: Console, pairs: list[tuple[str, str]], indent: str = "") -> None:
    """Print names and values in two columns; a long word, such as an address, stays whole."""
    column = max((cell_len(name) for name, _ in pairs), default=0)
    gap = len(indent) + column + 2
    for name, value in pairs:
        first, *more = wrapped_words(printable_lines(value), console.width - gap)
        head = f"{indent}{name}{' ' * (column - cell_len(name))}  "
        console.print(Text.assemble((head, "cyan"), first), soft_wrap=True)
        for line in more:
            console.print(Text(f"{'':{gap}}{line}"), soft_wrap=True)


def wrapped_words(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` characters; a longer word has a line of its own."""
    width = max(width, _NARROWEST)
    lines = [
        wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]
        for line in text.split("\n")
    ]
    return [piece for pieces in lines for piece in pieces]


def sparkline(counts: list[int], *, plain: bool = False) -> str:
    """Return numbers as a line of bars, the highest full; zero is a dot.

    With `plain` the bars are digits.
    """
    highest = max(counts, default=0)
    nothing, bars = (".", _DIGITS) if plain else ("·", _BARS)
    return "".join(
        bars[-(-count * len(bars) // highest) - 1] if count > 0 else nothing for count in counts
    )


class _Console(Console):
    """A console that leaves a closed pipe to the error boundary."""

    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError


def console_for(context: CommandContext, stream: Any) -> Console:
    """Return the console of a stream, with colour as the options and the environment want it."""
    wish = context.color_choice
    plain = wish == "never"
    dumb = wish == "auto" and context.environ.get("TERM") == "dumb"
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


class Painter:
    """Styles text as a console does, and writes it; Rich's segments are too slow for many rows."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._known = {"": ("", "")}

    def styled(self, text: str, style: str) -> str:
        """Return text between the codes that start and end a style on this console."""
        if style not in self._known:
            with self._console.capture() as shown:
                self._console.print(Text("x", style=style), end="")
            before, _, after = shown.get().partition("x")
            self._known[style] = (before, after)
        before, after = self._known[style]
        return f"{before}{text}{after}" if text else ""

    def write(self, text: str) -> None:
        """Write styled text as it is."""
        self._console.file.write(text)
