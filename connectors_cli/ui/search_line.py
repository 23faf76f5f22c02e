"""The line above a grid: the search, and the filters that hold as chips."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from connectors_cli.system.text import printable
from connectors_cli.ui.page import Pane


class SearchInput(Input):
    """The search; Enter, Down and Escape lead back to what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", "Back to the list"),
        Binding("escape,down", "leave", "Back to the list", show=False),
    ]

    def action_leave(self) -> None:
        """Give the keys back to what was found."""
        next(pane for pane in self.ancestors if isinstance(pane, Pane)).focus_list()


class SearchLine(Horizontal):
    """A search, and what the list is filtered by."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self._placeholder = placeholder

    def compose(self) -> ComposeResult:
        yield SearchInput(placeholder=self._placeholder, compact=True)
        yield Static("", classes="chips", markup=False)

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.query_one(SearchInput).value.strip()

    def show_chips(self, chosen: Mapping[str, str], rest: Iterable[str] = ()) -> None:
        """Show the filters that hold, and more words after them."""
        text = Text(no_wrap=True, overflow="ellipsis")
        for name, value in chosen.items():
            text.append(f" {name.replace('_', ' ')}: {printable(value)} ", "reverse")
            text.append(" ")
        text.append("  ".join(rest), "dim")
        self.query_one(".chips", Static).update(text)
