"""A line for a secret: typed or pasted unseen, its length not shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from connectors_cli.system.text import printable

_DOTS = "••••••"


class SecretInput(Widget, can_focus=True):
    """What is typed is shown as dots, as many for any length; Ctrl-T looks at it while typing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("backspace", "delete", "Delete", show=False),
        Binding("ctrl+u", "clear", "Clear", show=False),
        Binding("ctrl+t", "look", "Show or hide it"),
    ]

    @dataclass
    class Changed(Message):
        """Something was typed, pasted or deleted."""

        value: str

        def __repr__(self) -> str:
            return "SecretInput.Changed()"

        def __rich_repr__(self) -> Iterator[str]:
            return iter(())

    def __init__(self) -> None:
        super().__init__()
        self._value = ""
        self._kept = ""
        self._is_seen = False

    @property
    def value(self) -> str:
        """What was typed."""
        return self._value

    def begin(self, kept: str) -> None:
        """Start again without text; `kept` is shown while nothing is typed."""
        self._value, self._kept, self._is_seen = "", kept, False
        self.refresh()

    def render(self) -> Text:
        if not self._value:
            return Text(self._kept or " ", "dim")
        shown = printable(self._value[-200:]) if self._is_seen else _DOTS
        lines = self._value.count("\n")
        more = f"  ({lines + 1} lines)" if lines else ""
        return Text(f"{shown}{more}▏" if self.has_focus else f"{shown}{more}")

    def on_key(self, event: events.Key) -> None:
        if event.is_printable and event.character is not None:
            event.stop()
            self._put(self._value + event.character)

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        self._put(self._value + event.text)

    def action_delete(self) -> None:
        """Delete the last character."""
        self._put(self._value[:-1])

    def action_clear(self) -> None:
        """Delete all of it."""
        self._put("")

    def action_look(self) -> None:
        """Show what is typed, or hide it."""
        self._is_seen = not self._is_seen
        self.refresh()

    def on_blur(self) -> None:
        self._is_seen = False
        self.refresh()

    def _put(self, value: str) -> None:
        self._value = value
        self.refresh()
        self.post_message(self.Changed(value))
