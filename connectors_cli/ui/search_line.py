"""The line above a grid: the search, and the filters that hold as chips."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from connectors_cli.system.text import printable


class SearchInput(Input):
    """The search; Enter, Down and Escape lead back to what was found."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,down,enter", "leave", "Back to the list"),
    ]

    @dataclass
    class Left(Message):
        """The keys go back to what was found."""

        search: "SearchInput"

    def action_leave(self) -> None:
        self.post_message(self.Left(self))


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
