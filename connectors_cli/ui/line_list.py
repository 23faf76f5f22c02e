"""A list of lines, of which only those on the screen are made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from connectors_cli.system.cells import cut
from connectors_cli.ui.grid import MOVES


class LineList(ScrollView, can_focus=True):
    """Lines by id, each made by `line(id)` when it is seen; the cursor stays with its line."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--current", "line--dim"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", show=False),
        Binding("down,j", "step(1)", "Down", show=False),
        *MOVES,
    ]

    @dataclass
    class Opened(Message):
        """A line was chosen."""

        id: int

    @dataclass
    class Ended(Message):
        """The cursor is near the last line, so that more may be wanted."""

    def __init__(self, line: Callable[[int], Text], *, empty: str) -> None:
        super().__init__()
        self._line = line
        self._empty = empty
        self._ids: Sequence[int] = ()
        self._at = 0

    @property
    def ids(self) -> Sequence[int]:
        """The ids of the lines."""
        return self._ids

    @property
    def current(self) -> int | None:
        """The id of the line under the cursor."""
        return self._ids[self._at] if self._at < len(self._ids) else None

    @property
    def position(self) -> int:
        """How many lines are above the cursor."""
        return self._at

    def show(self, ids: Sequence[int], *, keep_place: bool = True) -> None:
        """Show these lines; the cursor, and what is seen, stay where they are among them."""
        current, offset = self.current, self._at - self.scroll_offset.y
        self._ids = ids
        stays = keep_place and self._at > 0 and current in ids
        self._at = ids.index(current) if stays and current is not None else 0
        self.virtual_size = Size(self.scrollable_content_region.width, max(1, len(ids)))
        if stays:
            self.scroll_to(y=max(0, self._at - offset), animate=False, force=True)
        self._follow()
        self.refresh()

    def action_step(self, by: int) -> None:
        self._go(self._at + by)

    def action_page(self, by: int) -> None:
        self._go(self._at + by * max(1, self.scrollable_content_region.height - 1))

    def action_edge(self, last: int) -> None:
        self._go(len(self._ids) - 1 if last else 0)

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def _go(self, at: int) -> None:
        at = max(0, min(at, len(self._ids) - 1))
        if self._ids and at != self._at:
            self._at = at
            self._follow()
            self.refresh()
        if at > len(self._ids) - 2 * max(1, self.size.height):
            self.post_message(self.Ended())

    def _follow(self) -> None:
        self.scroll_to_region(Region(0, self._at, 1, 1), animate=False, force=True)

    def on_resize(self, _event: events.Resize) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, max(1, len(self._ids)))
        self._follow()

    def on_click(self, event: events.Click) -> None:
        where = event.get_content_offset(self)
        at = None if where is None else where.y + self.scroll_offset.y
        if at is not None and at < len(self._ids):
            if at == self._at:
                self.action_open()
            self._go(at)

    def render_line(self, y: int) -> Strip:
        """Return one line of the screen."""
        width, at = self.scrollable_content_region.width, y + self.scroll_offset.y
        if not self._ids and y == 1:
            style = self.get_component_rich_style("line--dim")
            segments = [Segment(cut(f"  {self._empty}", width), style)]
            return Strip(segments).adjust_cell_length(width, self.rich_style)
        if at >= len(self._ids):
            return Strip.blank(width, self.rich_style)
        text = self._line(self._ids[at])
        text.truncate(width, overflow="ellipsis")
        segments = list(text.render(self.app.console))
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        is_current = at == self._at and self.has_focus
        style = self.get_component_rich_style("line--current")
        return strip.apply_style(style) if is_current else strip
