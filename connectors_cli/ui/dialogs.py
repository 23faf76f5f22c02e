"""Small screens over the page: a question, a line to type, and a choice from a list."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from connectors_cli.system.text import printable, printable_lines


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
        yield Footer(show_command_palette=False)

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
        yield Footer(show_command_palette=False)

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
    """A choice from a list, by Enter or by its number."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    def __init__(self, title: str, options: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__()
        self._asked = title
        self._options = options
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label(printable(self._asked), classes="title", markup=False)
            yield OptionList(
                *(
                    Option(f"{number}  {printable(label)}", id=value)
                    for number, (value, label) in enumerate(self._options, 1)
                ),
                markup=False,
                compact=True,
            )
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        values = [value for value, _ in self._options]
        if self._current in values:
            self.query_one(OptionList).highlighted = values.index(self._current)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option.id)

    def on_key(self, event: events.Key) -> None:
        number = int(event.key) if event.key.isdecimal() else 0
        if 1 <= number <= len(self._options):
            event.stop()
            self.dismiss(self._options[number - 1][0])

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
