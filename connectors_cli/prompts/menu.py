"""A list to pick from: typing narrows it down, arrows move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.layout.dimension import Dimension

from connectors_cli.prompts.screen import Back, Fragments, Screen, going_back
from connectors_cli.prompts.wording import cut, wrapped

MANY = 8
"""Options from which on the list tells that typing searches it."""
TALLEST = 14


@dataclass(frozen=True, slots=True)
class Option:
    """One line of a list; `help` is told while it is pointed at, `names` are searched first."""

    label: str
    help: str = ""
    names: tuple[str, ...] = ()


class Menu:
    """One list on the screen; with `ticked` several options are picked, else one."""

    def __init__(
        self,
        screen: Screen,
        heading: Fragments,
        options: Sequence[Option],
        *,
        at: int = 0,
        ticked: set[int] | None = None,
        tallest: int = TALLEST,
    ) -> None:
        self.screen = screen
        self.heading = heading
        self.options = options
        self.ticked = ticked
        self.tallest = tallest
        self.sought = ""
        self.found = list(range(len(options)))
        self.at = at

    def ask(self, *, back: bool = False) -> int | list[int]:
        """Return the index of the option picked, or those of the ticked ones."""
        listed = Window(
            FormattedTextControl(self._lines, show_cursor=False, focusable=True),
            height=lambda: Dimension(min=1, max=self._room()),
            dont_extend_height=True,
        )
        layout = HSplit([_text(_unended(self.heading)), listed, _text(self._foot)])
        application: Application[Any] = Application(
            layout=Layout(layout, focused_element=listed),
            key_bindings=self._bindings(back),
            **self.screen.settings,
        )
        picked: int | list[int] = self.screen.ask(application, *([going_back()] if back else []))
        return picked

    def pick(self, *, back: bool = False) -> int:
        """Return the index of the option picked."""
        picked = self.ask(back=back)
        return picked if isinstance(picked, int) else picked[0]

    def pick_several(self, *, back: bool = False) -> list[int]:
        """Return the indexes of the options ticked."""
        picked = self.ask(back=back)
        return picked if isinstance(picked, list) else [picked]

    def _room(self) -> int:
        around = sum(text.count("\n") for _, text in self.heading) + 4
        return max(3, min(self.tallest, self.screen.height - around))

    def _lines(self) -> StyleAndTextTuples:
        if not self.found:
            return [("class:notice", "    nothing matches")]
        lines: StyleAndTextTuples = []
        for row, index in enumerate(self.found):
            here = row == self.at
            tick = "" if self.ticked is None else "[x] " if index in self.ticked else "[ ] "
            label = cut(self.options[index].label, self.screen.width - 5 - len(tick))
            if here:
                lines.append(("[SetCursorPosition]", ""))
            style = "class:at" if here else ""
            lines.append((style, f"  {'»' if here else ' '} {tick}{label}\n"))
        lines[-1] = (lines[-1][0], lines[-1][1].rstrip("\n"))
        return lines

    def _foot(self) -> Fragments:
        foot: Fragments = []
        if self.found and (told := self.options[self.found[self.at]].help):
            foot += [("class:help", line + "\n") for line in wrapped(told, self.screen.width)]
        if self.sought:
            counted = f"{len(self.found)} of {len(self.options)}"
            return [*foot, ("", f"  search: {self.sought}"), ("class:rule", f"  {counted}")]
        keys = "arrows move, Enter picks"
        if self.ticked is not None:
            keys = "arrows move, Space ticks, Enter is done"
        if len(self.options) > MANY:
            keys = f"type to search · {keys}"
        return [*foot, ("class:rule", f"  ({keys})")]

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

    def _bind_search(self, bindings: KeyBindings, back: bool) -> None:
        @bindings.add("c-h")
        def _rub_out(_event: KeyPressEvent) -> None:
            self._seek(self.sought[:-1])

        @bindings.add("c-u")
        def _clear(_event: KeyPressEvent) -> None:
            self._seek("")

        @bindings.add(Keys.BracketedPaste)
        @bindings.add(Keys.Any)
        def _type(event: KeyPressEvent) -> None:
            if back and event.data == "<" and not self.sought:
                event.app.exit(exception=Back)
            elif event.data == " " and self.ticked is not None:
                self._tick()
            elif event.data.isprintable():
                self._seek(self.sought + event.data)

    def _bind_move(self, bindings: KeyBindings, key: str, step: int) -> None:
        @bindings.add(key)
        def _move(_event: KeyPressEvent) -> None:
            last = len(self.found) - 1
            if abs(step) == 1 and last >= 0:
                self.at = (self.at + step) % (last + 1)
            else:
                self.at = max(0, min(self.at + step, last))

    def _enter(self, event: KeyPressEvent) -> None:
        if not self.found:
            return
        if self.ticked is None:
            event.app.exit(result=self.found[self.at])
        elif self.sought:
            self._tick()
        else:
            event.app.exit(result=sorted(self.ticked))

    def _tick(self) -> None:
        """Tick or untick what is pointed at, and show the whole list again around it."""
        if self.found and self.ticked is not None:
            index = self.found[self.at]
            self.ticked ^= {index}
            self._seek("")
            self.at = index

    def _seek(self, text: str) -> None:
        """Narrow down to what holds the text: the same label first, then those that begin so."""
        pointed = self.found[self.at] if self.found else 0
        self.sought = text
        wanted = text.casefold().strip()
        ranked = [(_rank(option, wanted), n) for n, option in enumerate(self.options)]
        self.found = [n for rank, n in sorted(ranked) if rank < 4]
        self.at = self.found.index(pointed) if not text and pointed in self.found else 0


def _rank(option: Option, wanted: str) -> int:
    """How well an option fits what is sought: 0 is best, from 4 on it does not."""
    names = [name.casefold() for name in option.names or (option.label,)]
    if not wanted or wanted in names:
        return 0
    if any(name.startswith(wanted) for name in names):
        return 1
    if any(wanted in name for name in names):
        return 2
    return 3 if wanted in f"{option.label} {option.help}".casefold() else 4


def _unended(fragments: Fragments) -> Fragments:
    """The same without the last line's end: each part of the list begins a line by itself."""
    *kept, (style, text) = [one for one in fragments if one[1]]
    return [*kept, (style, text.removesuffix("\n"))]


def _text(fragments: Any) -> Window:
    control = FormattedTextControl(fragments)
    return Window(control, wrap_lines=True, dont_extend_height=True)
