"""Lines, texts, secrets and yes or no, as the person types them.

questionary asks what it can: lines and texts are its `text`, yes or no is its `confirm`. The rest
is our own, on prompt_toolkit. Its `password` keeps a secret in an editable buffer, draws a star for
every character and ends at the first line end of a pasted key. Its `select` searches labels alone
and shows no help for the option at the cursor (see `menu`). And it knows single questions, no form
in which one can go back and review (see `interview` and `review`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import questionary
from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window

from connectors_cli.cli.prompts.terminal import REJECTED_STYLE, Back, Fragments, Terminal
from connectors_cli.cli.prompts.wording import cut, wrapped
from connectors_cli.forms.question_text import DOTS, one_line


@dataclass(frozen=True, slots=True)
class Heading:
    """What is drawn above an answer: why the last one was rejected, the title, explanations."""

    title: str
    lines: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()

    @classmethod
    def of(cls, title: str, *texts: str, width: int, reason: str = "") -> "Heading":
        """Return a heading of texts that are wrapped to `width` columns."""
        lines = [line for text in texts for line in wrapped(text, width)]
        why = wrapped(f"! {reason}" if reason else "", width)
        shown = cut(one_line(title), width * 2)
        return cls(shown, tuple(lines), tuple(line.removeprefix("  ") for line in why))

    @property
    def fragments(self) -> Fragments:
        """The heading as prompt_toolkit draws it."""
        reason = "".join(f"{line}\n" for line in self.reason)
        text = "".join(f"{line}\n" for line in self.lines)
        title: Fragments = [("class:qmark", "? "), ("class:question", self.title), ("", "\n")]
        return [("class:reason", reason), *title, ("", text)]

    @property
    def mark(self) -> str:
        """The reason and the question mark, which questionary draws in one style."""
        return "\n".join((*self.reason, "?"))

    @property
    def instruction(self) -> str:
        """The lines as questionary draws them, after the title."""
        return "".join(f"\n{line}" for line in self.lines)


@dataclass(frozen=True, slots=True)
class LineOptions:
    """How a line is read: what is in it, what Up recalls, when Enter ends it."""

    text: str = field(default="", repr=False)
    recalled: tuple[str, ...] = ()
    can_leave_out: bool = False
    many_lines: bool = False
    complete: Callable[[str], bool] | None = field(default=None)


class LeftOut(Exception):
    """The person wants no value although one is offered."""


def ask_line(terminal: Terminal, heading: Heading, options: LineOptions, *, back: bool) -> str:
    """Return the typed text.

    Raises:
        Back: if `back` is true and the person wants the previous question.
        LeftOut: if the options allow it and the person wants no value.
    """
    prompt = questionary.text(
        heading.title,
        default=options.text,
        qmark=heading.mark,
        instruction=f"{heading.instruction}\n  >",
        history=InMemoryHistory(list(options.recalled)),
        multiline=options.many_lines or options.complete is not None,
        **_settings(terminal, heading),
    )
    bindings = [_paste_bindings(options.many_lines)]
    if options.can_leave_out:
        bindings.append(_leave_out_bindings())
    if options.many_lines:
        bindings.append(_end_bindings())
    if options.complete is not None:
        bindings.append(_enter_bindings(options.complete))
    application, pair = prompt.application, options.many_lines
    text = str(terminal.ask(application, *bindings, back=back, escape_prefix=pair))
    if back and text.strip() == "<":
        raise Back
    return text


def ask_yes(terminal: Terminal, heading: Heading, *, default: bool, back: bool) -> bool:
    """Return the answer to a yes-or-no question; Enter alone means `default`."""
    choices = "(Y/n)" if default else "(y/N)"
    prompt = questionary.confirm(
        heading.title,
        default=default,
        auto_enter=False,
        qmark=heading.mark,
        instruction=f"{heading.instruction}\n  {choices} >" if heading.lines else None,
        **_settings(terminal, heading),
    )
    bindings = KeyBindings()

    @bindings.add("<")
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(exception=Back)

    return bool(terminal.ask(prompt.application, *([bindings] if back else []), back=back))


def _settings(terminal: Terminal, heading: Heading) -> dict[str, Any]:
    return {**terminal.settings, **({"style": REJECTED_STYLE} if heading.reason else {})}


def _paste_bindings(many_lines: bool) -> KeyBindings:
    """Return the key that pastes: a single line without its line end, any other text as it is."""
    bindings = KeyBindings()

    @bindings.add(Keys.BracketedPaste, eager=True)
    def _paste(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        if text.count("\n") == 1 and not many_lines:
            text = text.removesuffix("\n")
        event.current_buffer.insert_text(text)

    return bindings


def _leave_out_bindings() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("c-x", eager=True)
    def _leave_out(event: KeyPressEvent) -> None:
        event.app.exit(exception=LeftOut)

    return bindings


def _end_bindings() -> KeyBindings:
    """Return the key that ends a text of many lines: Ctrl-D, as in other programs."""
    bindings = KeyBindings()

    @bindings.add("c-d", eager=True)
    def _end(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return bindings


def _enter_bindings(complete: Callable[[str], bool]) -> KeyBindings:
    """Return an Enter that ends the text if it is complete and starts a new line otherwise."""
    bindings = KeyBindings()

    @bindings.add("enter", eager=True)
    def _enter(event: KeyPressEvent) -> None:
        if complete(event.current_buffer.text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return bindings


BURST_SECONDS = 0.05
"""A key that follows Enter within this time shows that Enter was part of a paste."""


class HiddenInput:
    """Reads a secret, and keeps it out of every buffer, history and drawing."""

    def __init__(self, terminal: Terminal, heading: Fragments, *, may_show: bool = False) -> None:
        self.terminal = terminal
        self.heading = heading
        self.may_show = may_show
        self.is_shown = False
        self.typed: list[str] = []
        self.entered: asyncio.TimerHandle | None = None

    def ask(self, *, back: bool) -> str:
        """Return what was typed or pasted, a single line without its line end."""
        control = FormattedTextControl(self._fragments, show_cursor=True, focusable=True)
        application: Application[Any] = Application(
            layout=Layout(Window(control, wrap_lines=True, dont_extend_height=True)),
            key_bindings=self._bindings(),
            **self.terminal.settings,
        )
        self.terminal.ask(application, back=back)
        text = "".join(self.typed)
        if back and text == "<":
            raise Back
        return text.removesuffix("\n") if text.count("\n") == 1 else text

    def _fragments(self) -> StyleAndTextTuples:
        text = one_line("".join(self.typed)) if self.is_shown else DOTS if self.typed else ""
        return [*self.heading, ("", "  > "), ("class:answer", text), ("[SetCursorPosition]", "")]

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()

        @bindings.add(Keys.Any)
        def _type(event: KeyPressEvent) -> None:
            self._keep_line_end()
            if event.data.isprintable() or event.data == "\t":
                self.typed.append(event.data)

        @bindings.add(Keys.BracketedPaste)
        def _paste(event: KeyPressEvent) -> None:
            self._keep_line_end()
            self.typed.extend(event.data.replace("\r\n", "\n").replace("\r", "\n"))

        @bindings.add("c-m")
        @bindings.add("c-j")
        def _enter(event: KeyPressEvent) -> None:
            self._keep_line_end()
            loop = asyncio.get_running_loop()
            self.entered = loop.call_later(BURST_SECONDS, event.app.exit)

        @bindings.add("c-d")
        def _end(event: KeyPressEvent) -> None:
            event.app.exit(**({} if self.typed else {"exception": EOFError}))

        self._bind_editing(bindings)
        return bindings

    def _bind_editing(self, bindings: KeyBindings) -> None:
        @bindings.add("c-h")
        def _backspace(_event: KeyPressEvent) -> None:
            self._keep_line_end()
            del self.typed[-1:]

        @bindings.add("c-u")
        @bindings.add("c-w")
        def _clear(_event: KeyPressEvent) -> None:
            self.typed.clear()

        @bindings.add("c-t")
        def _toggle(_event: KeyPressEvent) -> None:
            self.is_shown = self.may_show and not self.is_shown

    def _keep_line_end(self) -> None:
        """Turn a preceding Enter into a line end, because another key followed it at once."""
        if self.entered is not None:
            self.entered.cancel()
            self.entered = None
            self.typed.append("\n")
