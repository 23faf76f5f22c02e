"""Takes text unseen, whole however long: a paste of many lines is one answer."""

import asyncio
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

from connectors_cli.prompts.screen import Back, Fragments, Screen, going_back
from connectors_cli.prompts.wording import DOTS, clean

BURST = 0.05
"""Seconds within which the next key shows that Enter was part of a paste."""


class Hidden:
    """One hidden line: what was typed is kept out of every buffer, history and drawing."""

    def __init__(self, screen: Screen, heading: Fragments, *, may_show: bool = False) -> None:
        self.screen = screen
        self.heading = heading
        self.may_show = may_show
        self.shown = False
        self.typed: list[str] = []
        self.entered: asyncio.TimerHandle | None = None

    def ask(self, *, back: bool) -> str:
        """Return what was typed or pasted; a single line comes without its line end."""
        control = FormattedTextControl(self._fragments, show_cursor=True, focusable=True)
        application: Application[Any] = Application(
            layout=Layout(Window(control, wrap_lines=True, dont_extend_height=True)),
            key_bindings=self._bindings(),
            **self.screen.settings,
        )
        self.screen.ask(application, *([going_back()] if back else []))
        text = "".join(self.typed)
        if back and text == "<":
            raise Back
        return text.removesuffix("\n") if text.count("\n") == 1 else text

    def _fragments(self) -> StyleAndTextTuples:
        text = clean("".join(self.typed)) if self.shown else DOTS if self.typed else ""
        return [*self.heading, ("", "  > "), ("class:answer", text), ("[SetCursorPosition]", "")]

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add(Keys.Any)
        def _type(event: KeyPressEvent) -> None:
            self._go_on()
            if event.data.isprintable() or event.data == "\t":
                self.typed.append(event.data)

        @bindings.add(Keys.BracketedPaste)
        def _paste(event: KeyPressEvent) -> None:
            self._go_on()
            self.typed.extend(event.data.replace("\r\n", "\n").replace("\r", "\n"))

        @bindings.add("c-m")
        @bindings.add("c-j")
        def _enter(event: KeyPressEvent) -> None:
            self._go_on()
            loop = asyncio.get_running_loop()
            self.entered = loop.call_later(BURST, event.app.exit)

        @bindings.add("c-d")
        def _end(event: KeyPressEvent) -> None:
            event.app.exit(**({} if self.typed else {"exception": EOFError}))

        self._bind_editing(bindings)
        return bindings

    def _bind_editing(self, bindings: KeyBindings) -> None:
        @bindings.add("c-h")
        def _rub_out(_event: KeyPressEvent) -> None:
            self._go_on()
            del self.typed[-1:]

        @bindings.add("c-u")
        @bindings.add("c-w")
        def _clear(_event: KeyPressEvent) -> None:
            self.typed.clear()

        @bindings.add("c-t")
        def _toggle(_event: KeyPressEvent) -> None:
            self.shown = self.may_show and not self.shown

    def _go_on(self) -> None:
        """More came: an Enter just before it was a line's end, not the answer's."""
        if self.entered is not None:
            self.entered.cancel()
            self.entered = None
            self.typed.append("\n")
