"""Config or auth in the guided form: what is asked, what is kept, what was answered unasked."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms import Form, Kind, Question
from connectors_cli.forms.place import ABSENT, below
from connectors_cli.prompts import trail

Key = tuple[Any, ...]


class _Unknown:
    """There is no answer that can be given without asking."""


UNKNOWN = _Unknown()


@dataclass(slots=True)
class Part:
    """Config or auth: its form, what was there before, and what was answered unasked."""

    name: str
    schema: dict[str, Any]
    form: Form = field(repr=False)
    current: dict[str, Any] | None = field(repr=False)
    given: dict[str, Any] = field(repr=False)
    opened: dict[trail.Path, int] = field(default_factory=dict)
    unasked: set[Key] = field(default_factory=set)
    dropped: set[trail.Path] = field(default_factory=set)
    headed: bool = False

    def label(self, question: Question) -> str:
        return trail.label(question, self.form.answers())

    def has_current(self, question: Question) -> bool:
        """Whether what is edited holds a value at a question's place."""
        value: Any = self.current
        for step in question.path:
            value = below(value, step)
        return value is not ABSENT and self.current is not None

    def kept(self, question: Question) -> Any:
        """The answer that leaves things as they are, UNKNOWN where somebody must be asked."""
        if question.kind in (Kind.INCLUDE, Kind.MORE):
            return bool(question.default)
        if self.has_current(question) or question.kind is Kind.KEY:
            return UNKNOWN if question.default is None else question.default
        return UNKNOWN if question.required else None

    def reoffers_group(self) -> bool:
        """Whether the question is the first of a group: then going back leads to the group's."""
        question = self.form.next()
        above = question.path[:-1] if question is not None else ()
        if self.opened.get(above) != len(self.form.answers()):
            return False
        del self.opened[above]
        return True

    def close_groups(self) -> None:
        """Forget that groups were opened that begin after the question asked now."""
        count = len(self.form.answers())
        self.opened = {path: at for path, at in self.opened.items() if at <= count}

    def result(self) -> dict[str, Any]:
        found = self.form.result()
        return found if isinstance(found, dict) else {}

    def rewind(self, count: int) -> None:
        """Take answers back until so many are left."""
        while len(self.form.answers()) > count and self.form.back():
            question = self.form.next()
            if question is not None:
                self.unasked.discard(key_of(question))


def make_part(
    name: str, schema: Any, given: dict[str, Any], current: dict[str, Any] | None
) -> Part:
    form = Form(schema, given=given or None, current=current)
    known = schema if isinstance(schema, dict) else {}
    return Part(name, known, form, current, given)


def key_of(question: Question) -> Key:
    labels = tuple(choice.label for choice in question.choices)
    return (question.path, question.kind, question.count, labels)


def is_optional(question: Question) -> bool:
    return not question.required and question.kind not in (Kind.MORE, Kind.KEY)
