"""The terminal that prompts are drawn on: standard error, restored after each prompt."""

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
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.output import ColorDepth, create_output
from prompt_toolkit.styles import Style

from connectors_cli.errors import Cancelled, InputNeeded

_STYLES = [
    ("qmark", "fg:ansicyan"),
    ("question", "bold"),
    ("instruction", ""),
    ("answer", "fg:default nobold"),
    ("help", ""),
    ("rule", "fg:ansibrightblack"),
    ("at", "fg:ansicyan bold"),
    ("reason", "fg:ansired"),
    ("done", "fg:ansigreen"),
    ("notice", "fg:ansiyellow"),
]
STYLE = Style(_STYLES)
REJECTED_STYLE = Style([*_STYLES, ("qmark", "fg:ansired")])
"""For a question whose last answer was rejected."""
ESCAPE_SECONDS = 0.1
"""How long to wait for the rest of a key that begins with Escape, such as an arrow."""
ESCAPE_PREFIX_SECONDS = 0.5
"""How long to wait for the second key where Escape begins a pair of keys."""
WIDEST = 100
CANCELLED = "Cancelled. Nothing was saved."
BACK_KEY, CANCEL_KEY = "Esc goes back", "Esc cancels"
Fragments = list[tuple[str, str]]


class Back(Exception):
    """The person wants to return to the previous question."""


class Escaped(Back):
    """Escape was pressed: back to the previous question or, if there is none, cancel."""


class Rest(Exception):
    """The person wants to leave out the rest of a group of optional questions."""


class Terminal:
    """Where prompts are drawn; `color` is True, False, or None to follow the environment."""

    def __init__(self, color: bool | None = None) -> None:
        if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
            raise InputNeeded(
                "not running in a terminal, so it cannot ask",
                hint="pass the values as options or in a file",
            )
        self.output = create_output(stdout=sys.stderr)
        # Asking for the cursor position delays prompts on slow lines, and late answers show as text
        if hasattr(self.output, "enable_cpr"):
            self.output.enable_cpr = False
        self.input = create_input(sys.stdin)
        self.in_group = False
        """Whether the questions now are of a group whose rest can be left out."""
        self.depth: ColorDepth | None = None
        if color is not None:
            self.depth = ColorDepth.DEPTH_4_BIT if color else ColorDepth.DEPTH_1_BIT

    @property
    def width(self) -> int:
        """The number of columns for text."""
        return min(self.output.get_size().columns, WIDEST)

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.output.get_size().rows

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that every prompt is created with."""
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

    def discard_typeahead(self) -> None:
        """Forget what was typed but not read yet."""
        clear_typeahead(self.input)
        if os.name == "posix":
            import termios

            termios.tcflush(sys.stdin, termios.TCIFLUSH)

    def ask(
        self,
        application: "Application[Any]",
        *bindings: KeyBindings,
        back: bool = False,
        escape_prefix: bool = False,
    ) -> Any:
        """Run a prompt and return its result.

        Escape goes back or, without `back`, cancels. With `escape_prefix` it first waits for a
        second key, as in Esc Enter.

        Raises:
            Back: if `back` is true and the person wants the previous question.
            Rest: in a group, if the person wants to leave out the rest of it.
            Cancelled: on Ctrl-C, on Ctrl-D, or when the terminal goes away.
        """
        own = [application.key_bindings] if application.key_bindings else []
        escape = _escape_bindings(Escaped if back else KeyboardInterrupt, eager=not escape_prefix)
        ways = [
            *([_back_bindings()] if back else []),
            *([_rest_bindings()] if self.in_group else []),
        ]
        keys = [_cancel_bindings(), *own, *ways, escape, *bindings]
        application.key_bindings = merge_key_bindings(keys)
        application.ttimeoutlen = ESCAPE_SECONDS
        application.timeoutlen = ESCAPE_PREFIX_SECONDS
        with _restored_modes():
            try:
                return application.run()
            except (KeyboardInterrupt, EOFError):
                raise Cancelled(CANCELLED) from None


def _cancel_bindings() -> KeyBindings:
    """Return the keys that cancel every prompt."""
    bindings = KeyBindings()

    @bindings.add("c-c", eager=True)
    @bindings.add("<sigint>", eager=True)
    def _cancel(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    return bindings


def _escape_bindings(exception: type[BaseException], *, eager: bool) -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("escape", eager=eager)
    def _escape(event: KeyPressEvent) -> None:
        event.app.exit(exception=exception)

    return bindings


def _back_bindings() -> KeyBindings:
    """Return the other keys that go back one question."""
    bindings = KeyBindings()

    @bindings.add("s-tab", eager=True)
    @bindings.add("c-b", eager=True)
    def _back(event: KeyPressEvent) -> None:
        event.app.exit(exception=Back)

    return bindings


def _rest_bindings() -> KeyBindings:
    """Return the key that leaves out the rest of a group."""
    bindings = KeyBindings()

    @bindings.add("c-o", eager=True)
    def _rest(event: KeyPressEvent) -> None:
        event.app.exit(exception=Rest)

    return bindings


def _is_terminal(stream: Any) -> bool:
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:
        return False


@contextmanager
def _restored_modes() -> Iterator[None]:
    """Restore the terminal's modes after a prompt, even if a signal ends the program in it."""
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

    with _exit_on_signals(restore):
        try:
            yield
        except SystemExit:
            restore()
            raise


@contextmanager
def _exit_on_signals(cleanup: Callable[[], None]) -> Iterator[None]:
    """Run `cleanup` and raise SystemExit on signals that would end the program at once."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        cleanup()
        raise SystemExit(128 + number)

    handled = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
        if signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in handled:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
