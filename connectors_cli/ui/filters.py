"""The screen on which filters are chosen: one value at most of each kind."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Label, OptionList
from textual.widgets.option_list import Option

from connectors_cli.system.text import printable
from connectors_cli.ui.lines import KeyLine


class FilterScreen(ModalScreen[dict[str, str] | None]):
    """The values of each filter; Enter switches one on or off, Escape returns the filters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f", "done", "Done"),
        Binding("x", "none", "None of them"),
    ]

    def __init__(self, words: dict[str, list[str]], chosen: dict[str, str]) -> None:
        super().__init__()
        self._words = words
        self._chosen = dict(chosen)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Filter by", classes="title")
            yield OptionList(id="filters", markup=False)
        yield KeyLine()

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        options = self.query_one(OptionList)
        at = options.highlighted
        options.clear_options()
        for name, words in self._words.items():
            options.add_option(Option(name.replace("_", " "), disabled=True))
            for word in words:
                mark = "(*)" if self._chosen.get(name) == word else "( )"
                options.add_option(Option(f"  {mark} {printable(word)}", id=f"{name} {word}"))
        options.highlighted = at if at is not None else 1

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        name, _, word = str(event.option.id).partition(" ")
        if self._chosen.get(name) == word:
            del self._chosen[name]
        else:
            self._chosen[name] = word
        self._show()

    def action_none(self) -> None:
        """Switch every filter off."""
        self._chosen = {}
        self._show()

    def action_done(self) -> None:
        """Filter by what is chosen."""
        self.dismiss(self._chosen)
