"""A list to pick from: typing narrows it down, arrows move."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.dimension import Dimension

from connectors_cli.cli.prompts.terminal import BACK_KEY, CANCEL_KEY, Back, Fragments, Terminal
from connectors_cli.cli.prompts.wording import cut, wrapped

LONG = 8
"""A list with more options than this mentions that typing searches it."""
GUARD_SECONDS = 0.15
"""How long a guarded list ignores Enter: nobody has read it yet."""
NO_MATCH = 4


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a list; `help` is shown while the cursor is on it, `names` are searched first."""

    label: str
    help: str = ""
    names: tuple[str, ...] = ()


class Menu:
    """A list on the terminal; with `ticked` several options can be picked, otherwise one.

    `search` returns the indexes of the options that match a text, best first.
    """

    def __init__(
        self,
        terminal: Terminal,
        heading: Fragments,
        options: Sequence[Option],
        *,
        at: int = 0,
        ticked: set[int] | None = None,
        search: Callable[[str], list[int]] | None = None,
    ) -> None:
        self.terminal = terminal
        self.heading = heading
        self.options = options
        self.ticked = ticked
        self.search = search or self._ranked
        self.usable_at = 0.0
        self.query = ""
        self.found = list(range(len(options)))
        self.at = at

    def pick(self, *, back: bool = False, guarded: bool = False) -> int:
        """Return the index of the picked option.

        A `guarded` list ignores what was typed before it is shown, so that nothing is picked
        unseen.
        """
        if guarded:
            self.terminal.discard_typeahead()
            self.usable_at = time.monotonic() + GUARD_SECONDS
        picked = self._ask(back)
        return picked if isinstance(picked, int) else picked[0]

    def pick_several(self, *, back: bool = False) -> list[int]:
        """Return the indexes of the ticked options."""
        picked = self._ask(back)
        return picked if isinstance(picked, list) else [picked]

    def _ask(self, back: bool) -> int | list[int]:
        listed = Window(
            FormattedTextControl(self._lines, show_cursor=False, focusable=True),
            height=lambda: Dimension(min=1, max=self._room()),
            dont_extend_height=True,
        )
        heading = _window(_without_last_line_end(self.heading))
        layout = HSplit([heading, listed, _window(lambda: self._foot(back))])
        application: Application[Any] = Application(
            layout=Layout(layout, focused_element=listed),
            key_bindings=self._bindings(back),
            **self.terminal.settings,
        )
        picked: int | list[int] = self.terminal.ask(application, self._escape_bindings(), back=back)
        return picked

    def _room(self) -> int:
        around = sum(text.count("\n") for _, text in self.heading) + 4
        return max(3, self.terminal.height - around)

    def _lines(self) -> StyleAndTextTuples:
        if not self.found:
            return [("class:notice", "    nothing matches")]
        lines: StyleAndTextTuples = []
        for row, index in enumerate(self.found):
            here = row == self.at
            tick = "" if self.ticked is None else "[x] " if index in self.ticked else "[ ] "
            label = cut(self.options[index].label, self.terminal.width - 5 - len(tick))
            if here:
                lines.append(("[SetCursorPosition]", ""))
            style = "class:at" if here else ""
            lines.append((style, f"  {'»' if here else ' '} {tick}{label}\n"))
        lines[-1] = (lines[-1][0], lines[-1][1].rstrip("\n"))
        return lines

    def _foot(self, back: bool) -> Fragments:
        foot: Fragments = []
        if self.found and (text := self.options[self.found[self.at]].help):
            foot += [("class:help", line + "\n") for line in wrapped(text, self.terminal.width)]
        if self.query:
            count = f"{len(self.found)} of {len(self.options)}"
            keys = f"  {count} · Esc ends the search"
            return [*foot, ("", f"  search: {self.query}"), ("class:rule", keys)]
        return [*foot, ("class:rule", f"  {self._keys(back)}")]

    def _keys(self, back: bool) -> str:
        keys = ["arrows move"]
        if len(self.options) > LONG:
            keys = ["type to search", *keys]
        keys += ["Enter picks"] if self.ticked is None else ["Space ticks", "Enter accepts"]
        return " · ".join([*keys, BACK_KEY if back else CANCEL_KEY])

    def _bindings(self, back: bool) -> KeyBindings:
        bindings = KeyBindings()
        for keys, step in ((("up", "c-p"), -1), (("down", "c-n"), 1), (("pageup",), -10)):
            for key in keys:
                self._bind_move(bindings, key, step)
        self._bind_move(bindings, "pagedown", 10)

        self._bind_search(bindings, back)

        @bindings.add("c-m")
        @bindings.add("c-j")
        def _enter(event: KeyPressEvent) -> None:
            self._enter(event)

        return bindings

    def _escape_bindings(self) -> KeyBindings:
        """Return an Escape that ends the search before it goes back or cancels."""
        bindings = KeyBindings()

        @bindings.add("escape", eager=True, filter=Condition(lambda: bool(self.query)))
        def _end_search(_event: KeyPressEvent) -> None:
            self._search("")

        return bindings

    def _bind_search(self, bindings: KeyBindings, back: bool) -> None:
        @bindings.add("c-h")
        def _backspace(_event: KeyPressEvent) -> None:
            self._search(self.query[:-1])

        @bindings.add("c-u")
        def _clear(_event: KeyPressEvent) -> None:
            self._search("")

        @bindings.add(Keys.BracketedPaste)
        @bindings.add(Keys.Any)
        def _type(event: KeyPressEvent) -> None:
            if back and event.data == "<" and not self.query:
                event.app.exit(exception=Back)
            elif event.data == " " and self.ticked is not None:
                self._tick()
            elif event.data.isprintable():
                self._search(self.query + event.data)

    def _bind_move(self, bindings: KeyBindings, key: str, step: int) -> None:
        @bindings.add(key)
        def _move(_event: KeyPressEvent) -> None:
            last = len(self.found) - 1
            if abs(step) == 1 and last >= 0:
                self.at = (self.at + step) % (last + 1)
            else:
                self.at = max(0, min(self.at + step, last))

    def _enter(self, event: KeyPressEvent) -> None:
        if not self.found or time.monotonic() < self.usable_at:
            return
        if self.ticked is None:
            event.app.exit(result=self.found[self.at])
        elif self.query:
            self._tick()
        else:
            event.app.exit(result=sorted(self.ticked))

    def _tick(self) -> None:
        """Tick or untick the option at the cursor, and show the whole list again around it."""
        if self.found and self.ticked is not None:
            index = self.found[self.at]
            self.ticked ^= {index}
            self._search("")
            self.at = index

    def _search(self, text: str) -> None:
        """Show only the options that contain the text, the best match first."""
        pointed = self.found[self.at] if self.found else 0
        self.query = text
        self.found = self.search(text) if text.strip() else list(range(len(self.options)))
        self.at = self.found.index(pointed) if not text and pointed in self.found else 0

    def _ranked(self, text: str) -> list[int]:
        wanted = text.casefold().strip()
        ranked = [(_rank(option, wanted), n) for n, option in enumerate(self.options)]
        return [n for rank, n in sorted(ranked) if rank < NO_MATCH]


def _rank(option: Option, wanted: str) -> int:
    """Return how well an option matches, from 0 (same name) to NO_MATCH."""
    names = [name.casefold() for name in option.names or (option.label,)]
    if wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(wanted in name for name in names):
        return 2
    return 3 if wanted in f"{option.label} {option.help}".casefold() else NO_MATCH


def _without_last_line_end(fragments: Fragments) -> Fragments:
    """Return the text without its last line end: the next window begins a line by itself."""
    *kept, (style, text) = [one for one in fragments if one[1]]
    return [*kept, (style, text.removesuffix("\n"))]


def _window(text: Any) -> Window:
    return Window(FormattedTextControl(text), wrap_lines=True, dont_extend_height=True)
