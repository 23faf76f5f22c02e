"""The editor of the row under the cursor: a line, several lines, a secret, or choices."""

from collections.abc import Iterator
from typing import Any

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static, TextArea

from connectors_cli.forms.page import State
from connectors_cli.forms.paths import ABSENT
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.question_text import help_of, is_hidden, one_line, rule, value_text
from connectors_cli.system.text import printable
from connectors_cli.ui.form.model import FormModel
from connectors_cli.ui.form.rows import Row
from connectors_cli.ui.form.secret_input import SecretInput

_MOST_IN_SIGHT = 9
_DETAIL_HELP = {
    "name": "What commands call this connector",
    "tags": "Words to choose connectors by, separated by commas",
    "publish": "Whether it is a publish target at once",
    "sign_in": "Let the service give the credentials in a sign-in, instead of typing them",
}
WIDGETS = ("line", "secret", "lines", "choices")


class FieldInput(Input):
    """A line; text of several lines that is pasted into it is told instead of cut."""

    class Pasted(Message):
        """Several lines were pasted."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

        def __rich_repr__(self) -> Iterator[str]:
            return iter(())

    def _on_paste(self, event: events.Paste) -> None:
        if "\n" not in event.text.strip("\r\n"):
            return
        event.prevent_default()
        event.stop()
        at = self.cursor_position
        text = event.text.replace("\r\n", "\n")
        self.post_message(self.Pasted(f"{self.value[:at]}{text}{self.value[at:]}"))


class Editor(Vertical):
    """What is said about a row, and the widget that changes it."""

    def __init__(self, model: FormModel) -> None:
        super().__init__()
        self.model = model
        self._row: Row | None = None
        self.loaded = ""
        """The text that was put into the widget, not typed."""
        self.kind = "choices"
        """Which widget edits the row: line, secret, lines or choices."""

    def compose(self) -> ComposeResult:
        yield Static("", id="about", markup=False)
        yield FieldInput(id="line", compact=True)
        yield SecretInput()
        yield TextArea(id="lines", compact=True, tab_behavior="focus")
        yield Static("", id="choices", markup=False)

    @property
    def row(self) -> Row | None:
        """The row that is edited."""
        return self._row

    def show(self, row: Row) -> str:
        """Show a row; return which widget edits it: line, secret, lines or choices."""
        self._row = row
        kind = kind_of_editor(row)
        if kind == "line" and "\n" in self.model.text_of(row):
            kind = "lines"
        self.kind = kind
        self.query_one("#about", Static).update(_about(row))
        self.query_one("#line").display = kind == "line"
        self.query_one(SecretInput).display = kind == "secret"
        self.query_one("#lines").display = kind == "lines"
        self.query_one("#choices").display = kind == "choices"
        self.loaded = "" if kind == "secret" else self.model.text_of(row)
        if kind == "line":
            line = self.query_one("#line", Input)
            line.placeholder = _placeholder(row)
            line.value = self.loaded
            line.cursor_position = len(self.loaded)
        elif kind == "lines":
            self.query_one("#lines", TextArea).text = self.loaded
        elif kind == "secret":
            self.query_one(SecretInput).begin(_kept(row))
        else:
            self.show_choices(row)
        return kind

    def show_choices(self, row: Row) -> None:
        """Show what can be picked, and what is."""
        self._row = row
        self.query_one("#choices", Static).update(self._choices(row))

    def focus_widget(self, kind: str) -> bool:
        """Focus the widget that is typed into; return False if there is none."""
        if kind == "line":
            self.query_one("#line").focus()
        elif kind == "lines":
            self.query_one("#lines").focus()
        elif kind == "secret":
            self.query_one(SecretInput).focus()
        return kind != "choices"

    def _choices(self, row: Row) -> Text:
        if row.kind in {"container", "group"}:
            return Text(_hint(row), "dim")
        question = row.question
        if question is not None and question.kind is Kind.CHOICES:
            return Text("Enter chooses some of them", "dim")
        options, picked = self.model.choices_of(row), self.model.picked(row)
        text = Text()
        for number, (_, label) in enumerate(options[:_MOST_IN_SIGHT], 1):
            mark = "(*)" if number - 1 == picked else "( )"
            text.append(f"{number} {mark} {one_line(label) or '(empty)'}   ")
        more = f"and {len(options) - _MOST_IN_SIGHT} more: " * (len(options) > _MOST_IN_SIGHT)
        keys = f"\n{more}a number picks; Enter shows all"
        return text.append(keys, "dim")


def kind_of_editor(row: Row) -> str:
    """Return what edits a row: line, secret, lines or choices."""
    if row.kind == "detail":
        return "line" if row.path in {("name",), ("tags",)} else "choices"
    question = row.question
    if row.kind != "field" or question is None:
        return "choices"
    if question.kind not in {Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.JSON}:
        return "choices"
    if row.is_hidden or is_hidden(question):
        return "secret"
    several = question.kind is Kind.JSON or (question.multiline and question.kind is Kind.TEXT)
    return "lines" if several else "line"


def _about(row: Row) -> Text:
    text = Text(printable(row.title), "bold")
    question = row.question
    said = [_DETAIL_HELP.get(str(row.path[0]), "")] if row.kind == "detail" else []
    if question is not None and row.kind != "group":
        said += [one_line(help_of(question)), rule(question) if row.kind == "field" else ""]
    words = " · ".join(word for word in said if word)
    return text.append(f"  {words}" if words else "", "not bold dim")


def _placeholder(row: Row) -> str:
    one = row.page_field
    if one is not None and one.state is State.DEFAULT and one.value is not ABSENT:
        return f"{value_text(one.value)} (default)"
    return "" if row.required else "optional"


def _kept(row: Row) -> str:
    question: Question | None = row.question
    file = "; or type file:PATH" if question is not None else ""
    if row.text.startswith("set"):
        return f"{row.text}: type to replace it{file}"
    if row.text:
        return f"typed: type to replace it{file}"
    return f"typed unseen{file}"


def _hint(row: Row) -> str:
    if row.kind == "group":
        return "Enter shows or folds them"
    words: list[Any] = []
    if row.text.startswith("not filled in"):
        words = ["Enter fills it in"]
    else:
        words = ["Enter shows or folds it", "Ctrl-N adds one" if row.may_add else ""]
    return "; ".join(word for word in (*words, "Ctrl-X takes it out") if word)
