"""A form that is being filled in: its rows, what was typed into each, and what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.catalog.entry import Part
from connectors_cli.documents.references import trimmed
from connectors_cli.errors import ConnectorsError, InvalidAnswer
from connectors_cli.forms.page import State
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.question_text import is_hidden, same, value_text
from connectors_cli.forms.replies import Reply
from connectors_cli.services.names import check_new_name, check_tags, typed_tags
from connectors_cli.services.type_form import TypeForm
from connectors_cli.services.typed_answers import FILE, AnswerError, parse, read_file_answer
from connectors_cli.ui.form.rows import FormRows, Row

Key = tuple[str, str, Path, int, str]
_DETAIL: Part = "config"


@dataclass(slots=True)
class Details:
    """What a connector has next to its values; `taken` says whether another one has a name.

    `is_active` is None where it cannot be chosen, as before a sign-in.
    """

    name: str
    taken: Callable[[str], bool]
    tags: tuple[str, ...] = ()
    is_active: bool | None = False
    signs_in: bool | None = None
    """Whether a sign-in is to fill in the credentials later; None where that is no choice."""


@dataclass(slots=True)
class _Typed:
    """Text in a row that is not its value: not parsed yet, or refused."""

    text: str = field(repr=False)
    problem: str = ""


class FormModel:
    """The form and the details of one connector.

    `ages` say of each field how long ago it was set, and under "" of all others.
    """

    def __init__(
        self, form: TypeForm, details: Details, ages: Mapping[str, str] | None = None
    ) -> None:
        self.form = form
        self.details = details
        self._rows = FormRows(form, ages)
        self._typed: dict[Key, _Typed] = {}
        self._visited: set[Key] = set()
        self._problems: list[dict[str, Any]] = []
        self._by_path: dict[tuple[str, Path], list[dict[str, Any]]] = {}
        self.shows_missing = False
        self.is_changed = False
        self.judge()

    def rows(self) -> list[Row]:
        """Return the rows of now."""
        return [*self._detail_rows(), *self._rows.rows()]

    def judge(self) -> None:
        """Find again what is missing and what is wrong."""
        self._problems = self.form.problems()
        self._by_path = {}
        for one in self._problems:
            self._by_path.setdefault((one["part"], tuple(one["path"])), []).append(one)

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return sum(1 for one in self._problems if one["state"] == "missing")

    @property
    def wrong(self) -> int:
        """How many values are wrong."""
        refused = sum(1 for typed in self._typed.values() if typed.problem)
        found = sum(1 for one in self._problems if one["state"] != "missing")
        return (
            refused + found + bool(self.detail_problem("name")) + bool(self.detail_problem("tags"))
        )

    def problem_of(self, row: Row) -> str:
        """Return what to say under a row: what is wrong, and of rows that were left what lacks."""
        if row.kind == "detail":
            return self.detail_problem(row.path[0])
        typed = self._typed.get(row.key)
        if typed is not None and typed.problem:
            return typed.problem
        if row.kind not in {"field", "container"} and not (row.kind == "branch" and not row.text):
            return ""
        for one in self._by_path.get((row.part, row.path), ()):
            if one["state"] != "missing" or self.shows_missing or row.key in self._visited:
                return str(one["message"])
        return ""

    def first_problem(self) -> tuple[Part, Path] | None:
        """Return where the first problem of the values is; None without one."""
        for one in self._problems:
            return one["part"], tuple(one["path"])
        return None

    def unplaced_problem(self) -> str:
        """Return a problem of the whole form, which no row can say; empty without one."""
        whole = (one for one in self._problems if not one["path"] and one["state"] != "missing")
        return next((str(one["message"]) for one in whole), "")

    def detail_problem(self, name: object) -> str:
        """Return what is wrong with the name or the tags, empty for nothing."""
        try:
            if name == "name":
                check_new_name(self.details.name, mixed=True)
                taken = self.details.taken(self.details.name)
                return f"{self.details.name} is taken: choose another name" if taken else ""
            if name == "tags":
                check_tags(self.details.tags)
        except ConnectorsError as error:
            return error.message
        return ""

    def unfold(self, part: Part, path: Path) -> None:
        """Show the row of a path."""
        self._rows.unfold(part, path)

    def text_of(self, row: Row) -> str:
        """Return the text to edit in a row: what was typed, else its value; none of a secret."""
        typed = self._typed.get(row.key)
        if typed is not None:
            return typed.text
        if row.kind == "detail":
            return self.details.name if row.path == ("name",) else ", ".join(self.details.tags)
        one = row.page_field
        if one is None or row.is_hidden or one.value is ABSENT or one.state is State.DEFAULT:
            return ""
        if one.value is None:
            return ""
        return one.value if isinstance(one.value, str) else value_text(one.value)

    def type_text(self, row: Row, text: str) -> None:
        """Take over what was typed into a row, as far as it fits; what does not stays as text."""
        self.is_changed = True
        if row.kind == "detail":
            self._type_detail(row, text)
            return
        if is_later(row, text):
            self._typed[row.key] = _Typed(text)
            return
        self._take(row, text)

    def leave(self, row: Row) -> None:
        """Take over what waits in a row that is left: a secret, or a file to read."""
        self._visited.add(row.key)
        typed = self._typed.get(row.key)
        if typed is not None and is_later(row, typed.text):
            self._take(row, typed.text)

    def keep(self, row: Row) -> None:
        """Forget what was typed into a row; its value stays."""
        self._typed.pop(row.key, None)

    def pick(self, row: Row, value: Any) -> None:
        """Answer a row with one of its choices; None leaves it out."""
        self.is_changed = True
        form, path = self.form.forms[row.part], row.path
        if row.kind == "detail":
            if row.path == ("publish",):
                self.details.is_active = value
            else:
                self.details.signs_in = value
            return
        try:
            if row.kind == "branch" and value is not None:
                form.choose(path, value, row.union)
            elif row.kind == "branch" or (value is None and not _is_nullable(row)):
                form.unset(path)
            else:
                form.set(path, value)
        except InvalidAnswer as error:
            self._typed[row.key] = _Typed("", _sentence(error))
            return
        self._typed.pop(row.key, None)
        self.judge()

    def open(self, row: Row) -> None:
        """Begin an object, list or map that was left out; of one that is there, add an entry."""
        self.is_changed = True
        form = self.form.forms[row.part]
        question = row.question
        if question is not None and question.kind is Kind.INCLUDE:
            form.give([Reply(row.path, True, Kind.INCLUDE)])
        else:
            form.add(row.path)
        self.judge()

    def add(self, part: Part, path: Path, key: str | None = None) -> Path:
        """Add an item to a list, or an entry named `key` to a map; return its path."""
        self.is_changed = True
        form = self.form.forms[part]
        form.add(path, key)
        self.judge()
        if key is not None:
            return (*path, key)
        return (*path, max(0, len(form.page(path).fields) - 1))

    def take_out(self, row: Row) -> None:
        """Drop an item or entry, or leave out the value of a field."""
        self.is_changed = True
        form = self.form.forms[row.part]
        self._forget_typed(row.part, row.path)
        if row.is_item:
            form.drop(row.path)
        else:
            form.unset(row.path)
        self.judge()

    def move(self, row: Row, by: int) -> Path | None:
        """Move an item among its like; return where it is then, None if it cannot move."""
        form = self.form.forms[row.part]
        steps = [one.path[-1] for one in form.page(row.path[:-1]).fields]
        if not row.is_item or row.path[-1] not in steps:
            return None
        to = steps.index(row.path[-1]) + by
        if not 0 <= to < len(steps):
            return None
        self.is_changed = True
        self._forget_typed(row.part, row.path[:-1])
        form.move(row.path, to)
        self.judge()
        return (*row.path[:-1], to) if isinstance(row.path[-1], int) else row.path

    def duplicate(self, row: Row, key: str | None) -> None:
        """Copy an item behind it, or an entry as `key`."""
        self.is_changed = True
        self.form.forms[row.part].duplicate(row.path, key)
        self.judge()

    def toggle(self, row: Row) -> None:
        """Fold a row's own rows away, or show them."""
        self._rows.toggle(row)

    def choices_of(self, row: Row) -> list[tuple[Any, str]]:
        """Return what can be picked in a row: values and labels."""
        question = row.question
        if row.kind == "detail":
            return [(True, "yes"), (False, "no")]
        if question is None or question.kind is Kind.CHOICES:
            return []
        if question.kind is Kind.BOOLEAN:
            found: list[tuple[Any, str]] = [(True, "yes"), (False, "no")]
        else:
            found = [(choice.value, choice.label) for choice in question.choices]
        if row.kind in {"field", "branch"} and not question.required:
            found.append((None, "(leave it out)"))
        return found

    def picked(self, row: Row) -> int | None:
        """Return the position of what is picked in a row, None for nothing."""
        value = row.value
        if row.kind == "detail":
            chosen = self.details.is_active
            value = chosen if row.path == ("publish",) else self.details.signs_in
        elif row.page_field is not None and row.page_field.value is ABSENT:
            value = None
        options = self.choices_of(row)
        return next((n for n, (one, _) in enumerate(options) if same(one, value)), None)

    def _take(self, row: Row, text: str) -> None:
        question = row.question
        assert question is not None  # noqa: S101 - of a field
        try:
            value = self._parsed(question, text)
        except AnswerError as error:
            self._typed[row.key] = _Typed(text, str(error))
            return
        form = self.form.forms[row.part]
        try:
            if text == "" or (value is None and question.kind is not Kind.JSON):
                form.unset(row.path)
            else:
                form.set(row.path, value)
        except InvalidAnswer as error:
            self._typed[row.key] = _Typed(text, _sentence(error))
            return
        self._typed.pop(row.key, None)
        self.judge()

    def _parsed(self, question: Question, text: str) -> Any:
        if text == "":
            return None
        if may_be_file(question):
            text = read_file_answer(text)
        if is_hidden(question) and not question.multiline:
            text = trimmed(text)
        return parse(question, text)

    def _type_detail(self, row: Row, text: str) -> None:
        if row.path == ("name",):
            self.details.name = text
        else:
            self.details.tags = tuple(typed_tags(text))

    def _forget_typed(self, part: Part, path: Path) -> None:
        for key in [one for one in self._typed if one[1] == part and one[2][: len(path)] == path]:
            del self._typed[key]

    def _detail_rows(self) -> list[Row]:
        details = self.details
        rows = [
            Row("title", _DETAIL, ("connector",), "Connector"),
            Row("detail", _DETAIL, ("name",), "Name", text=details.name, required=True),
            Row("detail", _DETAIL, ("tags",), "Tags", text=", ".join(details.tags)),
        ]
        if details.signs_in is not None:
            text = "yes" if details.signs_in else "no"
            rows.append(Row("detail", _DETAIL, ("sign_in",), "Sign in afterwards", text=text))
        if details.is_active is not None:
            text = "yes" if details.is_active else "no"
            rows.append(Row("detail", _DETAIL, ("publish",), "Publish with it", text=text))
        return rows


def _is_nullable(row: Row) -> bool:
    return row.question is not None and row.question.nullable


def may_be_file(question: Question) -> bool:
    """Return whether `file:PATH` in place of an answer reads a file."""
    return is_hidden(question) or (question.multiline and question.kind is Kind.TEXT)


def is_later(row: Row, text: str) -> bool:
    """Return whether text is taken over only when its row is left: secrets, and names of files."""
    question = row.question
    if question is None or row.kind != "field":
        return False
    return is_hidden(question) or (may_be_file(question) and text.startswith(FILE))


def _sentence(error: InvalidAnswer) -> str:
    details = "; ".join(dict.fromkeys(problem.message for problem in error.details))
    return details or error.message
