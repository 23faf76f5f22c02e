"""Cards: each service or connector in a frame, as many in a row as fit, printed as they come."""

from collections.abc import Iterable, Iterator
from itertools import groupby, islice, zip_longest

from rich.console import Console

from connectors_cli.cli.render.console import TONE_STYLES, Painter
from connectors_cli.services.cards import (
    CARD_WIDTH,
    Card,
    card_of_a_tenant,
    connector_card,
    service_card,
)
from connectors_cli.store.read.rows import Rows
from connectors_cli.system.cells import cut, width_of, wrapped
from connectors_cli.system.text import printable

LOWEST_CARD = 4
"""Lines of a card that says little."""
_NARROWEST = 16
_ROUND, _ASCII = tuple("╭─╮│╰╯"), tuple("+-+|++")


def show_cards(rows: Rows, console: Console) -> bool:
    """Print a card for each row and a heading for each group; return whether there were any."""
    to_card = {"catalog": service_card, "everywhere": card_of_a_tenant}.get(
        rows.kind, connector_card
    )
    names = [name for name, _ in rows.columns]
    cards = (to_card(dict(zip(names, row, strict=True))) for row in rows.rows)
    printer = _Printer(console)
    shown = False
    for group, members in groupby(cards, key=lambda card: card.group):
        if group:
            printer.heading(group, first=not shown)
        while row := list(islice(members, printer.across)):
            printer.row(row)
            shown = True
    return shown


def across(console: Console) -> int:
    """Return how many cards are next to each other."""
    return max(1, console.width // CARD_WIDTH)


class _Printer:
    """Draws rows of cards; Rich's panels are too slow for many cards."""

    def __init__(self, console: Console) -> None:
        painter = Painter(console)
        self._styled, self._write = painter.styled, painter.write
        self._columns = console.width
        self.across = across(console)
        self._width = max(_NARROWEST, console.width // self.across)
        self._inner = self._width - 4
        self._plain = console.options.ascii_only
        left, line, right, side, lower_left, lower_right = _ASCII if self._plain else _ROUND
        self._upper = (self._styled(f"{left}{line} ", "dim"), line, f"{line}{right}")
        self._left, self._side = self._styled(f"{side} ", "dim"), side
        bottom = lower_left + line * (self._width - 2) + lower_right
        self._bottom = self._styled(bottom, "dim")

    def heading(self, text: str, *, first: bool) -> None:
        """Print the name of a group, after an empty line unless it is the first."""
        shown = self._styled(self._cut(self._clean(text), self._columns), "bold")
        self._write(f"{shown}\n" if first else f"\n{shown}\n")

    def row(self, cards: list[Card]) -> None:
        """Print cards next to each other, all as high as the highest."""
        bodies = [list(self._body(card)) for card in cards]
        empty = self._line("", "")
        lines = ["".join(map(self._top, cards))]
        lines += map("".join, zip_longest(*bodies, fillvalue=empty))
        self._write("\n".join((*lines, self._bottom * len(cards), "")))

    def _top(self, card: Card) -> str:
        start, line, end = self._upper
        corner = f" {card.corner} " if card.corner else ""
        heading = self._clean(card.heading if self._plain else f"{card.glyph} {card.heading}")
        heading = self._cut(heading, self._width - 7 - len(corner))
        rest = self._width - 6 - width_of(heading) - len(corner)
        return (
            f"{start}{self._styled(heading, 'bold')}{self._styled(f' {line * rest}', 'dim')}"
            f"{self._styled(corner, 'green')}{self._styled(end, 'dim')}"
        )

    def _body(self, card: Card) -> Iterator[str]:
        for text, tone in card.lines:
            for line in self._wrapped(text):
                yield self._line(line, TONE_STYLES[tone])

    def _wrapped(self, text: str | tuple[str, ...]) -> Iterable[str]:
        if isinstance(text, tuple):
            return wrapped(map(self._clean, text), self._inner)
        words = text.split()
        short = " ".join(words)
        if short.isprintable() and not self._plain and width_of(short) <= self._inner:
            return (short,) if short else ()
        return wrapped(map(self._clean, words), self._inner)

    def _line(self, text: str, style: str) -> str:
        rest = f"{' ' * (self._inner - width_of(text))} {self._side}"
        return f"{self._left}{self._styled(text, style)}{self._styled(rest, 'dim')}"

    def _clean(self, text: str) -> str:
        """Return text on which no terminal acts, in characters that this terminal can show."""
        if self._plain:
            text = text.replace("·", "-").encode("ascii", "backslashreplace").decode()
        return printable(text)

    def _cut(self, text: str, width: int) -> str:
        return cut(text, width, plain=self._plain)
