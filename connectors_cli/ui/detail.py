"""A page about one service or one connector, over the cards."""

from collections.abc import Sequence
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from connectors_cli.services.cards import Line
from connectors_cli.services.pages import PageContent, Section
from connectors_cli.system.text import printable, printable_lines
from connectors_cli.ui.lines import KeyLine

TONES = {"dim": "dim", "fact": "cyan", "good": "green", "warning": "yellow", "bad": "red"}
"""Styles of tones in text."""


class DetailScreen(ModalScreen[str | None]):
    """A page; it is dismissed with the name of the action that was chosen, None without.

    `actions` are the key, the name and the label of each action.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,backspace", "leave", "Back"),
        Binding("down,j", "scroll(1)", "Down", show=False),
        Binding("up,k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, content: PageContent, actions: Sequence[tuple[str, str, str]]) -> None:
        super().__init__()
        self._content = content
        for key, name, label in actions:
            self._bindings.bind(key, f"choose({name!r})", label)

    def compose(self) -> ComposeResult:
        content = self._content
        with VerticalScroll(id="detail"):
            yield Static(_heading(content), classes="heading")
            for line in content.texts:
                yield Static(_text(line))
            for section in content.sections:
                if section.title:
                    yield Static(Text(section.title, "bold"), classes="section")
                yield Static(_table(section), classes="" if section.title else "section")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_scroll(self, by: int) -> None:
        """Scroll by a line."""
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)

    def action_choose(self, name: str) -> None:
        """Leave the page for an action."""
        self.dismiss(name)

    def action_leave(self) -> None:
        """Go back to the cards."""
        self.dismiss(None)


def _heading(content: PageContent) -> Text:
    text = Text(f"{content.glyph} {printable(content.heading)}", "bold")
    text.append(f"  {printable(content.kind)}", "cyan")
    if content.state.text:
        text.append(f"  {content.state.text}", TONES.get(content.state.tone, ""))
    return text


def _text(line: Line) -> Text:
    return Text(printable_lines(str(line.text)), TONES.get(line.tone, ""))


def _table(section: Section) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="cyan", no_wrap=True, max_width=28)
    table.add_column(overflow="fold")
    for name, value in section.pairs:
        table.add_row(Text(printable(name)), Text(printable_lines(value)))
    return table
