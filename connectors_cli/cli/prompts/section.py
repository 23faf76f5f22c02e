"""The two sections of the guided form, settings and credentials, and what each remembers."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from connectors_cli.cli.prompts import answered
from connectors_cli.forms import Form, Kind, Question
from connectors_cli.forms.paths import ABSENT, below

Key = tuple[Any, ...]
SETTINGS, CREDENTIALS = "Settings", "Credentials"


class _Unknown:
    """The type of `UNKNOWN`."""


UNKNOWN = _Unknown()
"""In place of an answer that only the person can give."""


class Known(Protocol):
    """Values that are known before the first question."""

    config: dict[str, Any]
    auth: dict[str, Any]


@dataclass(slots=True)
class Section:
    """Settings or credentials: the form, the current values, and what was answered unasked.

    `opened` maps an object whose optional fields the person wanted to the number of answers that
    came before them, `passed` to those of them that are not asked; `dropped` has the lists and maps
    from which an entry was dropped.
    """

    name: str
    schema: dict[str, Any]
    form: Form = field(repr=False)
    current: dict[str, Any] | None = field(repr=False)
    given: dict[str, Any] = field(repr=False)
    opened: dict[answered.Path, int] = field(default_factory=dict)
    passed: dict[answered.Path, frozenset[answered.Path]] = field(default_factory=dict)
    unasked: set[Key] = field(default_factory=set)
    dropped: set[answered.Path] = field(default_factory=set)
    headed: bool = False

    def label(self, question: Question) -> str:
        """Return the question's title, preceded by the titles of what contains it.

        A choice between the branches of the whole section has the section's title, which is
        above it already.
        """
        if not question.path and question.kind is Kind.BRANCH:
            return f"Kind of {self.name.lower()}"
        return answered.label(question, self.form.answers())

    def has_current(self, question: Question) -> bool:
        """Return whether the connector being edited has a value for this question."""
        value: Any = self.current
        for step in question.path:
            value = below(value, step)
        return value is not ABSENT and self.current is not None

    def passes_over(self, question: Question) -> bool:
        """Return whether the person chose other fields of the question's group."""
        return is_optional(question) and question.path in self.passed.get(question.path[:-1], ())

    def left_out_answer(self, question: Question) -> Any:
        """Return the answer of an optional question that the person does not want to be asked."""
        return None if self.current is None else self.unchanged_answer(question)

    def unchanged_answer(self, question: Question) -> Any:
        """Return the answer that changes nothing, or UNKNOWN if the person must be asked."""
        if question.kind in (Kind.INCLUDE, Kind.MORE):
            return bool(question.default)
        if self.has_current(question) or question.kind is Kind.KEY:
            return UNKNOWN if question.default is None else question.default
        return UNKNOWN if question.required else None

    def reoffer_group(self) -> bool:
        """Forget that the group that begins here was opened; return whether one does.

        Going back from the first question of a group leads to the question for the group.
        """
        question = self.form.next()
        above = question.path[:-1] if question is not None else ()
        if self.opened.get(above) != len(self.form.answers()):
            return False
        del self.opened[above]
        self.passed.pop(above, None)
        return True

    def close_later_groups(self) -> None:
        """Forget the opened groups that begin after the current question."""
        count = len(self.form.answers())
        self.opened = {path: at for path, at in self.opened.items() if at <= count}
        self.passed = {path: names for path, names in self.passed.items() if path in self.opened}

    def result(self) -> dict[str, Any]:
        """Return the values of this section."""
        found = self.form.result()
        return found if isinstance(found, dict) else {}

    def rewind(self, count: int) -> None:
        """Undo the latest answers until `count` are left."""
        while len(self.form.answers()) > count and self.form.back():
            question = self.form.next()
            if question is not None:
                self.unasked.discard(key_of(question))


def open_section(
    name: str, schema: Any, given: dict[str, Any], current: dict[str, Any] | None
) -> Section:
    """Return a section with no questions answered yet."""
    form = Form(schema, given=given or None, current=current)
    return Section(name, schema if isinstance(schema, dict) else {}, form, current, given)


def key_of(question: Question) -> Key:
    """Return what identifies a question among those of its form."""
    labels = tuple(choice.label for choice in question.choices)
    return (question.path, question.kind, question.count, labels)


def is_optional(question: Question) -> bool:
    """Return whether the question can be left out; a list's `more` cannot."""
    return not question.required and question.kind not in (Kind.MORE, Kind.KEY)
