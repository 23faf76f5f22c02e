"""Small screens over the page: a question, a line to type, and a choice from a list."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from connectors_cli.system.text import printable, printable_lines
from connectors_cli.ui.lines import KeyLine

_FEW = 12
"""Up to this many options have numbers; more are searched."""


class ConfirmScreen(ModalScreen[bool]):
    """A question to say yes or no to; Escape is no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape", "answer(False)", "No"),
        Binding("left,right,h,l", "other", "Other button", show=False),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(printable_lines(self._question), markup=False)
            with Horizontal(classes="buttons"):
                yield Button("No", id="no", compact=True)
                yield Button("Yes", id="yes", compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_other(self) -> None:
        """Go to the other button."""
        self.focus_next()

    def action_answer(self, answer: bool) -> None:
        """Answer the question."""
        self.dismiss(answer)


class PromptScreen(ModalScreen[str | None]):
    """A line to type; `problem` says what is wrong with it while it is typed, empty if nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    def __init__(
        self, title: str, text: str, problem: Callable[[str], str], help_: str = ""
    ) -> None:
        super().__init__()
        self._asked = title
        self._text = text
        self._problem = problem
        self._help = help_

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(printable(self._asked), classes="title", markup=False)
            yield Input(self._text, compact=True)
            yield Static(self._help, classes="reason", markup=False)
        yield KeyLine()

    def on_input_changed(self, event: Input.Changed) -> None:
        reason = self._problem(event.value) if event.value != self._text else ""
        said = self.query_one(".reason", Static)
        said.set_class(bool(reason), "wrong")
        said.update(printable(reason) if reason else self._help)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.value == self._text:
            self.dismiss(None)
        elif not self._problem(event.value):
            self.dismiss(event.value)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


class ChoiceScreen(ModalScreen[str | None]):
    """A choice from a list: by Enter, by its number, and of many by typing a part of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel"),
        Binding("down", "list", "To the list", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._asked = title
        self._options = options
        self._current = current

    @property
    def _searches(self) -> bool:
        return len(self._options) > _FEW

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(printable(self._asked), classes="title", markup=False)
            if self._searches:
                yield Input(placeholder="type a part of it", compact=True)
            yield OptionList(markup=False, compact=True)
        yield KeyLine()

    def on_mount(self) -> None:
        self._show("")
        values = [value for value, _ in self._options]
        if self._current in values:
            self.query_one(OptionList).highlighted = values.index(self._current)

    def _show(self, wanted: str) -> None:
        found = self.query_one(OptionList)
        found.clear_options()
        words = wanted.casefold().split()
        for number, (value, label) in enumerate(self._options, 1):
            if all(word in label.casefold() for word in words):
                start = "" if self._searches else f"{number}  "
                found.add_option(Option(f"{start}{printable(label)}", id=f"={value}"))
        found.highlighted = 0 if found.option_count else None

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(str(event.option.id)[1:])

    def on_key(self, event: events.Key) -> None:
        number = int(event.key) if event.key.isdecimal() and not self._searches else 0
        if 1 <= number <= len(self._options):
            event.stop()
            self.dismiss(self._options[number - 1][0])

    def action_list(self) -> None:
        """Go to the list."""
        self.query_one(OptionList).focus()

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


class ChoicesScreen(ModalScreen[set[int] | None]):
    """Several choices from a list: Space or Enter ticks one, Ctrl-S or Tab accepts them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,tab", "accept", "Accept", priority=True),
        Binding("space", "tick", "Tick"),
        Binding("escape", "leave", "Cancel"),
    ]

    def __init__(self, title: str, labels: Sequence[str], ticked: set[int]) -> None:
        super().__init__()
        self._asked = title
        self._labels = labels
        self._ticked = set(ticked)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(printable(self._asked), classes="title", markup=False)
            yield OptionList(
                *(Option(self._line(number)) for number in range(len(self._labels))),
                markup=False,
                compact=True,
            )
        yield KeyLine()

    def _line(self, number: int) -> str:
        mark = "[x]" if number in self._ticked else "[ ]"
        return f"{mark} {printable(self._labels[number])}"

    def action_tick(self) -> None:
        """Tick what is under the cursor, or take its tick off."""
        found = self.query_one(OptionList)
        number = found.highlighted
        if number is not None:
            self._ticked ^= {number}
            found.replace_option_prompt_at_index(number, self._line(number))

    def on_option_list_option_selected(self, _event: OptionList.OptionSelected) -> None:
        self.action_tick()

    def action_accept(self) -> None:
        """Choose what is ticked."""
        self.dismiss(self._ticked)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
