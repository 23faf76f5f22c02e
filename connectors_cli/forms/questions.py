"""Makes questions: their titles, help, defaults and examples."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.place import ABSENT, Ask, Place
from connectors_cli.forms.plaintext import plain
from connectors_cli.forms.question import Choice, Kind, Question
from connectors_cli.forms.secrets import is_secret, looks_secret
from connectors_cli.forms.shape import Shape

EXPECTED: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.INTEGER: (int, float),
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: (bool,),
    Kind.INCLUDE: (bool,),
    Kind.MORE: (bool,),
    Kind.KEY: (str,),
    Kind.CHOICES: (list, tuple),
}
NEEDED = Problem((), "required", "is required")
WRONG = Problem((), "type", "is not the kind of answer asked for")
REPEATED = Problem((), "uniqueItems", "is in the list already")
NO_CHOICE = Problem((), "enum", "is not one of the choices")
LONG = ("textarea", "multiline", "code", "pem", "json", "markdown")


@dataclass
class Questions:
    """Makes the questions of one form."""

    compiled: Compiled

    def ask(self, kind: Kind, place: Place, shape: Shape, *mark: Any, **extra: Any) -> Ask:
        """A question about a place, with the check of its answers."""
        check = extra.pop("check", None)
        secret = self.secret(place, shape)
        base = Question(
            path=place.path,
            kind=kind,
            title=plain(shape.note("title")) or _named(place),
            help=plain(shape.note("description", "markdownDescription", "help")),
            required=place.required,
            secret=secret,
            suspected=kind is Kind.TEXT and not secret and looks_secret(place.name),
            multiline=_multiline(shape),
            schema=_said(shape),
        )
        question = replace(base, **extra)
        return Ask((place.path, kind, *mark), question, _checked(question, check))

    def value(self, kind: Kind, place: Place, shape: Shape, **extra: Any) -> Ask:
        """A question whose answer is the value itself."""

        def check(value: Any) -> tuple[Problem, ...]:
            return self.problems(place, value)

        return self.ask(
            kind,
            place,
            shape,
            default=self.default(place, shape, check),
            examples=self.examples(shape, check),
            check=check,
            **extra,
        )

    def problems(self, place: Place, value: Any) -> tuple[Problem, ...]:
        """What is wrong with a value, from the part that was chosen last."""
        if place.others and canonical(value) in place.others:
            return (REPEATED,)
        for part in reversed(place.parts):
            found = self.compiled.problems(part, value)
            if found:
                return found
        return ()

    def default(self, place: Place, shape: Shape, check: Callable[[Any], Any]) -> Any:
        """What is there already, else the schema's default if it keeps its own rules."""
        if place.current is not ABSENT:
            return place.current if not check(place.current) else None
        offered = shape.note("default")
        return offered if offered is not None and not check(offered) else None

    def examples(self, shape: Shape, check: Callable[[Any], Any]) -> tuple[Any, ...]:
        found = shape.note("examples", "example")
        listed = found if isinstance(found, list) else [] if found is None else [found]
        return tuple(item for item in listed[:5] if not check(item))

    def secret(self, place: Place, shape: Shape) -> bool:
        return place.secret or any(is_secret(note) for note in shape.notes)


def _checked(question: Question, check: Any) -> Callable[[Any], tuple[Problem, ...]]:
    def checked(value: Any) -> tuple[Problem, ...]:
        if value is None and not (question.kind is Kind.JSON and question.required):
            return (NEEDED,) if question.required else ()
        if not _expected(question, value):
            return (WRONG,)
        if question.kind in (Kind.CHOICE, Kind.BRANCH) and not _offered(question.choices, value):
            return (NO_CHOICE,)
        return check(value) if check else ()

    return checked


def _expected(question: Question, value: Any) -> bool:
    types = EXPECTED.get(question.kind)
    if types is None:
        return True
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _offered(choices: tuple[Choice, ...], value: Any) -> bool:
    return any(_same(choice.value, value) for choice in choices)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _said(shape: Shape) -> Any:
    """All that is said about a place, as one schema; what stands nearest to it wins."""
    if len(shape.notes) == 1:
        return shape.notes[0]
    said: dict[str, Any] = {}
    for note in reversed(shape.notes):
        said.update(note)
    said.pop("$ref", None)
    return said


def _named(place: Place) -> str:
    last = place.path[-1] if place.path else ""
    return f"{place.name} {last + 1}".strip() if isinstance(last, int) else str(last)


def _multiline(shape: Shape) -> bool:
    if shape.note("multiline", "x-multiline", "airbyte_multiline") is True:
        return True
    words = (shape.note(key) for key in ("editor", "contentMediaType", "ui:widget", "format"))
    return any(isinstance(word, str) and any(x in word for x in LONG) for word in words)
