"""Lines of words that can be clicked: the tabs, and the keys that work here."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget


class Word(NamedTuple):
    """A word, how it looks, and what a click does."""

    text: str
    style: str = ""
    act: Callable[[], object] | None = None


class WordLine(Widget):
    """Words next to each other."""

    def words(self) -> list[Word]:
        """Return what is shown, from the left."""
        raise NotImplementedError

    def render(self) -> Text:
        return Text.assemble(*((word.text, word.style) for word in self.words()), no_wrap=True)

    async def on_click(self, event: events.Click) -> None:
        """Do what the word does that was clicked."""
        left = event.x
        for word in self.words():
            left -= cell_len(word.text)
            if left < 0:
                if word.act is not None:
                    word.act()
                return


class TabLine(WordLine):
    """The names of the tabs; the one that is shown is underlined."""

    active = reactive("")

    def __init__(self, tabs: tuple[str, ...], show: Callable[[str], object]) -> None:
        super().__init__()
        self._tabs, self._show = tabs, show

    def words(self) -> list[Word]:
        return [
            Word(
                f" {name.capitalize()} ",
                "bold" if name == self.active else "dim",
                partial(self._show, name),
            )
            for name in self._tabs
        ]

    def render(self) -> Text:
        rest = self.size.width
        rule = Text()
        for name, word in zip(self._tabs, self.words(), strict=True):
            rule.append(("━" if name == self.active else "─") * len(word.text))
            rest -= len(word.text)
        rule.append("─" * rest, "dim")
        return Text.assemble(super().render(), "\n", rule, no_wrap=True)


class KeyLine(WordLine):
    """The keys that work now; those of the page itself stay in sight where there is little room.

    One widget: a widget for each key, as in Textual's own footer, takes longer to start than all
    the cards.
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus:
            self.refresh()

    def words(self) -> list[Word]:
        here: list[list[Word]] = []
        everywhere: list[list[Word]] = []
        shown: set[str] = set()
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and binding.action not in shown:
                shown.add(binding.action)
                act = partial(self.app.simulate_key, binding.key) if enabled else None
                key = Word(
                    f" {self.app.get_key_display(binding)}", "bold" if enabled else "dim", act
                )
                said = Word(f" {binding.description} ", "" if enabled else "dim", act)
                (everywhere if node is self.app else here).append([key, said])
        while here and _width(here) + _width(everywhere) > self.size.width:
            here.pop()
        return [word for pair in here + everywhere for word in pair]


def _width(pairs: list[list[Word]]) -> int:
    return sum(cell_len(word.text) for pair in pairs for word in pair)
