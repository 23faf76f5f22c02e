"""A grid of cards, of which only those on the screen are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from connectors_cli.services.cards import CARD_WIDTH, Card
from connectors_cli.system.cells import cut, filled, wrapped
from connectors_cli.system.text import printable

_KEPT = 400
"""How many drawn cards are kept."""
_EDGES = ("╭─╮│╰╯", "┏━┓┃┗┛")
MOVES: tuple[Binding, ...] = (
    Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False),
    Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False),
    Binding("home,g", "edge(0)", "First", show=False),
    Binding("end,G", "edge(1)", "Last", show=False),
    Binding("enter", "open", "Open"),
)
"""The keys of everything that lists many: cards and lines."""


class Look(NamedTuple):
    """How a card is drawn: how wide and high, and whether the cursor is on it or it is marked."""

    width: int
    height: int
    is_current: bool
    is_marked: bool


class CardGrid(ScrollView, can_focus=True):
    """Cards by id, each made by `card(id)` when it is seen; cursor and marks stay with theirs."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "card--edge",
        "card--current",
        "card--heading",
        "card--plain",
        "card--dim",
        "card--fact",
        "card--good",
        "card--warning",
        "card--bad",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Left", show=False),
        Binding("right,l", "step(1)", "Right", show=False),
        Binding("up,k", "row(-1)", "Up", show=False),
        Binding("down,j", "row(1)", "Down", show=False),
        *MOVES,
    ]

    @dataclass
    class Opened(Message):
        """A card was chosen, by Enter or by a second click."""

        id: str

    def __init__(self, card: Callable[[str], Card], lines: int, *, empty: str, name: str) -> None:
        super().__init__(id=name)
        self._make = card
        self._height = lines + 2
        self._empty = empty
        self._ids: Sequence[str] = ()
        self._at = 0
        self.marked: set[str] = set()
        self._drawn = lru_cache(_KEPT)(self._draw)

    @property
    def ids(self) -> Sequence[str]:
        """The names of all cards, in their order."""
        return self._ids

    @property
    def current(self) -> str | None:
        """The card that the cursor is on, None without cards."""
        return self._ids[self._at] if self._at < len(self._ids) else None

    def show(self, ids: Sequence[str], *, keep_place: bool = True) -> None:
        """Show these cards; the cursor stays on its card, or where that was."""
        current, before = self.current, self._at
        self._ids = ids
        self.marked &= set(ids)
        self._drawn.cache_clear()
        if not keep_place:
            self._at = 0
        elif current is not None and (before >= len(ids) or ids[before] != current):
            self._at = ids.index(current) if current in ids else min(before, len(ids) - 1)
        self._at = max(0, min(self._at, len(ids) - 1))
        self._measure()
        self._follow()
        self.refresh()

    def say(self, empty: str) -> None:
        """Change what is shown without cards."""
        self._empty = empty
        self.refresh()

    @property
    def across(self) -> int:
        """How many cards are next to each other."""
        return max(1, self.scrollable_content_region.width // CARD_WIDTH)

    def on_resize(self, _event: events.Resize) -> None:
        self._measure()
        self._follow()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.cache_clear()

    def _measure(self) -> None:
        if not self.size.width:
            return  # it has no place yet: a scrollbar would come and go
        rows = -(-len(self._ids) // self.across)
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, max(1, rows * self._height))

    def _follow(self) -> None:
        """Scroll to the cursor's card."""
        row = self._at // self.across
        region = Region(0, row * self._height, self.size.width, self._height)
        self.scroll_to_region(region, animate=False, force=True)

    def action_step(self, by: int) -> None:
        self._go(self._at + by)

    def action_row(self, by: int) -> None:
        target = self._at + by * self.across
        if by > 0 and target >= len(self._ids):
            last_row = (len(self._ids) - 1) // self.across
            target = len(self._ids) - 1 if self._at // self.across < last_row else self._at
        self._go(target if target >= 0 else self._at)

    def action_page(self, by: int) -> None:
        rows = max(1, self.scrollable_content_region.height // self._height)
        target = self._at + by * rows * self.across
        self._go(min(max(target, 0), len(self._ids) - 1))

    def action_edge(self, last: int) -> None:
        self._go(len(self._ids) - 1 if last else 0)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def mark(self) -> None:
        """Mark the cursor's card, or take its mark off, and go on to the next."""
        if self.current is not None:
            self.marked ^= {self.current}
            self.refresh()
            self.action_step(1)

    def _go(self, position: int) -> None:
        if 0 <= position < len(self._ids) and position != self._at:
            self._at = position
            self._follow()
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to the card that was clicked; open it if the cursor is on it."""
        where = event.get_content_offset(self)
        if where is None:
            return
        column = min(where.x // self._width, self.across - 1)
        row = (where.y + self.scroll_offset.y) // self._height
        position = row * self.across + column
        if position == self._at:
            self.action_open()
        self._go(position)

    @property
    def _width(self) -> int:
        return max(16, self.scrollable_content_region.width // self.across)

    def render_line(self, y: int) -> Strip:
        """Return one line of the screen."""
        width = self.scrollable_content_region.width
        if not self._ids:
            return self._said(y, width)
        row, line = divmod(y + self.scroll_offset.y, self._height)
        first = row * self.across
        strips = [
            self._drawn(card_id, self._look(first + n, card_id))[line]
            for n, card_id in enumerate(self._ids[first : first + self.across])
        ]
        return Strip.join(strips).adjust_cell_length(width, self.rich_style)

    def _said(self, y: int, width: int) -> Strip:
        lines = ["", *(f"  {line}" for line in self._empty.splitlines())]
        text = lines[y] if y < len(lines) else ""
        style = self.get_component_rich_style("card--dim")
        return Strip([Segment(cut(text, width), style)]).adjust_cell_length(width, self.rich_style)

    def _look(self, position: int, card_id: str) -> Look:
        is_current = position == self._at and self.has_focus
        return Look(self._width, self._height, is_current, card_id in self.marked)

    def _draw(self, card_id: str, look: Look) -> list[Strip]:
        """Return the lines of a card."""
        card, inner = self._make(card_id), look.width - 4
        edges = _EDGES[look.is_current]
        edge = self._style("current" if look.is_current else "edge")
        body: list[tuple[str, Style]] = []
        for line in card.lines:
            style = self._style(line.tone)
            body += ((text, style) for text in wrapped(line.text, inner))
        body = body[: look.height - 2]
        body += [("", self._style("plain"))] * (look.height - 2 - len(body))
        left, right = Segment(f"{edges[3]} ", edge), Segment(f" {edges[3]}", edge)
        bottom = edges[4] + edges[1] * (look.width - 2) + edges[5]
        return [
            self._top(card, look, edges, edge),
            *(Strip([left, Segment(filled(text, inner), style), right]) for text, style in body),
            Strip([Segment(bottom, edge)]),
        ]

    def _top(self, card: Card, look: Look, edges: str, edge: Style) -> Strip:
        corner = f" {card.corner} " if card.corner else ""
        mark = "* " if look.is_marked else ""
        room = look.width - 7 - len(corner)
        heading = cut(printable(f"{mark}{card.glyph} {card.heading}"), room)
        start = Segment(f"{edges[0]}{edges[1]} ", edge)
        title = Segment(heading, self._style("heading"))
        used = start.cell_length + title.cell_length
        rest = " " + edges[1] * (look.width - used - 3 - len(corner))
        end = Segment(edges[1] + edges[2], edge)
        return Strip([start, title, Segment(rest, edge), Segment(corner, self._style("good")), end])

    def _style(self, tone: str) -> Style:
        return self.get_component_rich_style(f"card--{tone}")
