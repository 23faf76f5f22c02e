"""The terminal that prompts are drawn on: standard error, left as it was found."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from prompt_toolkit import print_formatted_text
from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.input import create_input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.styles import Style

from connectors_cli.errors import Cancelled, InputNeeded

STYLE = Style(
    [
        ("qmark", "fg:ansicyan"),
        ("question", "bold"),
        ("instruction", ""),
        ("answer", ""),
        ("help", ""),
        ("rule", "fg:ansibrightblack"),
        ("at", "fg:ansicyan bold"),
        ("reason", "fg:ansired"),
        ("done", "fg:ansigreen"),
        ("notice", "fg:ansiyellow"),
    ]
)
WIDEST = 100
Fragments = list[tuple[str, str]]


class Back(Exception):
    """The person wants the question before this one."""


class Screen:
    """Where prompts are drawn; `color` False draws without, None leaves it to the environment."""

    def __init__(self, color: bool | None = None) -> None:
        if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
            raise InputNeeded(
                "there is no terminal to ask on", hint="give the values with options or a file"
            )
        self.output = create_output(stdout=sys.stderr)
        # Asking where the cursor is delays prompts over slow lines; late answers show up as text.
        if hasattr(self.output, "enable_cpr"):
            self.output.enable_cpr = False
        self.input = create_input(sys.stdin)
        self.depth: ColorDepth | None = None
        if color is not None:
            self.depth = ColorDepth.DEPTH_4_BIT if color else ColorDepth.DEPTH_1_BIT

    @property
    def width(self) -> int:
        """The columns that text may take."""
        return min(self.output.get_size().columns, WIDEST)

    @property
    def height(self) -> int:
        return self.output.get_size().rows

    @property
    def settings(self) -> dict[str, Any]:
        """What every prompt is made with."""
        return {
            "input": self.input,
            "output": self.output,
            "style": STYLE,
            "color_depth": self.depth,
            "erase_when_done": True,
        }

    def say(self, *fragments: tuple[str, str]) -> None:
        """Print a line that stays."""
        print_formatted_text(
            FormattedText(fragments), output=self.output, style=STYLE, color_depth=self.depth
        )

    def ask(self, application: "Application[Any]", *bindings: KeyBindings) -> Any:
        """Run a prompt; Ctrl-C, Ctrl-D and a terminal that goes away raise Cancelled."""
        own = [application.key_bindings] if application.key_bindings else []
        application.key_bindings = merge_key_bindings([*own, *bindings, _leaving()])
        with _left_as_found():
            try:
                return application.run()
            except (KeyboardInterrupt, EOFError):
                raise Cancelled("left: nothing was saved") from None


def _leaving() -> KeyBindings:
    """The keys that leave any prompt."""
    bindings = KeyBindings()

    @bindings.add("c-c", eager=True)
    @bindings.add("<sigint>", eager=True)
    def _leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    return bindings


def going_back() -> KeyBindings:
    """The keys that go back one question."""
    bindings = KeyBindings()

    @bindings.add("s-tab", eager=True)
    @bindings.add("c-b", eager=True)
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(exception=Back)

    return bindings


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:
        return False


@contextmanager
def _left_as_found() -> Iterator[None]:
    """Restore the terminal's modes after a prompt, also when a signal ends the program in it."""
    if os.name != "posix" or threading.current_thread() is not threading.main_thread():
        yield
        return
    import termios

    found = termios.tcgetattr(sys.stdin)

    def restore() -> None:
        try:
            termios.tcsetattr(sys.stdin, termios.TCSAFLUSH, found)
        except termios.error:
            return  # the terminal is gone

    with _ended_by_signals(restore):
        try:
            yield
        except SystemExit:
            restore()
            raise


@contextmanager
def _ended_by_signals(tidy: Callable[[], None]) -> Iterator[None]:
    """Let a signal that would end the program at once tidy up, and raise SystemExit instead."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        tidy()
        raise SystemExit(128 + number)

    ending = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        if signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in ending:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ending:
            signal.signal(number, signal.SIG_DFL)
