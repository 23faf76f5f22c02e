"""The list of a form's fields with their values and problems, of which only the visible is made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from connectors_cli.system.cells import cut, filled, width_of
from connectors_cli.system.text import printable
from connectors_cli.ui.form.rows import Row

_INDENT = 2
_WIDEST = 32


class FieldList(ScrollView, can_focus=True):
    """Rows with a cursor; under a row is what is wrong with its value, in words."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "field--title",
        "field--name",
        "field--value",
        "field--dim",
        "field--wrong",
        "field--current",
    }

    @dataclass
    class Moved(Message):
        """The cursor is on another row."""

        row: Row

    @dataclass
    class Chosen(Message):
        """A row was clicked that the cursor was on."""

        row: Row

    def __init__(self, problem: Callable[[Row], str]) -> None:
        super().__init__()
        self._problem = problem
        self._rows: Sequence[Row] = ()
        self._lines: list[tuple[int, str]] = []
        self._at = 0

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self._at] if self._rows else None

    @property
    def rows(self) -> Sequence[Row]:
        """All rows."""
        return self._rows

    def show(self, rows: Sequence[Row], at: Row | None = None) -> None:
        """Show rows; the cursor goes to `at`, else it stays with its row."""
        wanted = at or self.current
        self._rows = rows
        keys = [row.key for row in rows]
        if wanted is not None and wanted.key in keys:
            self._at = keys.index(wanted.key)
        self._at = max(0, min(self._at, len(rows) - 1))
        if rows and rows[self._at].kind == "title":
            self._at = min(self._at + 1, len(rows) - 1)
        self.measure()

    def measure(self) -> None:
        """Find the lines again, after rows or problems have changed."""
        self._lines = []
        for number, row in enumerate(self._rows):
            self._lines.append((number, ""))
            if problem := self._problem(row):
                self._lines.append((number, problem))
        width = self.scrollable_content_region.width
        self.virtual_size = Size(width, max(1, len(self._lines)))
        self._follow()
        self.refresh()

    def step(self, by: int) -> None:
        """Move the cursor by rows; titles are passed over."""
        at = self._at + by
        while 0 <= at < len(self._rows) and self._rows[at].kind == "title":
            at += 1 if by > 0 else -1
        self.go(at)

    def go(self, at: int) -> None:
        """Move the cursor to a row, by its number."""
        if 0 <= at < len(self._rows) and at != self._at:
            self._at = at
            self._follow()
            self.refresh()
            self.post_message(self.Moved(self._rows[at]))

    def go_to(self, row: Row) -> None:
        """Move the cursor to a row."""
        keys = [one.key for one in self._rows]
        if row.key in keys:
            self.go(keys.index(row.key))

    def on_resize(self, _event: events.Resize) -> None:
        self.measure()

    def on_click(self, event: events.Click) -> None:
        where = event.get_content_offset(self)
        y = None if where is None else where.y + self.scroll_offset.y
        if y is not None and y < len(self._lines):
            number = self._lines[y][0]
            if number == self._at:
                self.post_message(self.Chosen(self._rows[number]))
            elif self._rows[number].kind != "title":
                self.go(number)

    def _follow(self) -> None:
        numbers = [number for number, _ in self._lines]
        if self._at in numbers:
            region = Region(0, numbers.index(self._at), 1, numbers.count(self._at))
            self.scroll_to_region(region, animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """Return one line of the screen."""
        width, y = self.scrollable_content_region.width, y + self.scroll_offset.y
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        number, problem = self._lines[y]
        row = self._rows[number]
        segments = self._problem_line(row, problem) if problem else self._row(row, width)
        strip = Strip(segments).adjust_cell_length(width, self.rich_style)
        if number == self._at and not problem:
            strip = strip.apply_style(self.get_component_rich_style("field--current"))
        return strip

    def _problem_line(self, row: Row, problem: str) -> list[Segment]:
        start = " " * (_INDENT * (row.depth + 1) + 2)
        width = self.scrollable_content_region.width - len(start)
        style = self.get_component_rich_style("field--wrong")
        return [Segment(start), Segment(cut(f"! {printable(problem)}", width), style)]

    def _row(self, row: Row, width: int) -> list[Segment]:
        if row.kind == "title":
            return [Segment(row.title, self.get_component_rich_style("field--title"))]
        mark = "▸ " if row.is_folded else "▾ " if row.can_fold else "  "
        start = " " * (_INDENT * row.depth) + mark
        room = min(_WIDEST, width // 2)
        name = f"{printable(row.title)}{' *' if row.required else ''}"
        left = filled(cut(start + name, room), room)
        dim = row.kind in {"group", "container"} or row.text.endswith("(default)")
        style = self.get_component_rich_style("field--dim" if dim else "field--value")
        value = cut(printable(row.text), max(4, width - width_of(left) - 2))
        return [
            Segment(left, self.get_component_rich_style("field--name")),
            Segment("  "),
            Segment(value, style),
        ]
