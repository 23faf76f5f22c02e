"""Builder of questions: their titles, help, defaults, examples and the check of answers."""

from dataclasses import replace
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms import wording
from connectors_cli.forms.compiled import Compiled
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import says_deprecated
from connectors_cli.forms.paths import ABSENT
from connectors_cli.forms.place import Ask, Place, Problems
from connectors_cli.forms.plaintext import humanised, plain
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
WANTED = {
    Kind.INTEGER: "integer",
    Kind.NUMBER: "number",
    Kind.BOOLEAN: "boolean",
    Kind.INCLUDE: "boolean",
    Kind.MORE: "boolean",
    Kind.CHOICES: "array",
}
REPEATED = Problem((), "uniqueItems", "is in the list already")
NO_CHOICE = Problem((), "enum", "is not one of the choices")
LONG = ("textarea", "multiline", "code", "pem", "json", "markdown")
VALUES = frozenset(
    (Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.CHOICE, Kind.CHOICES, Kind.JSON)
)
"""Kinds whose answer is the value itself."""
INT_OR_TEXT = "x-kubernetes-int-or-string"


class Questions:
    """The questions of one form."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def ask(self, kind: Kind, place: Place, shape: Shape, *mark: Any, **extra: Any) -> Ask:
        """Return the question to put about a place; `extra` are fields of the Question."""
        verify, tokens, nearest = (extra.pop(name, None) for name in ("check", "tokens", "nearest"))
        key = (place.path, kind, *mark)
        return Ask(key, kind, place, shape, self, extra, verify, tokens, nearest)

    def value(self, kind: Kind, place: Place, shape: Shape, **extra: Any) -> Ask:
        """Return a question whose answer is the value itself."""
        return self.ask(
            kind, place, shape, check=lambda v: worded(shape, self.problems(place, v)), **extra
        )

    def make(self, ask: Ask) -> Question:
        """Return the question of an Ask, with all that a display needs."""
        place, shape, extra = ask.place, ask.shape, dict(ask.extra)
        secret = extra.pop("secret", None)
        secret = self.secret(place, shape) if secret is None else secret
        said: dict[str, Any] = {
            "title": place.label or plain(shape.note("title")) or _named(place),
            "help": _help(shape),
            "required": place.required,
            "suspected": ask.kind is Kind.TEXT and not secret and looks_secret(place.name),
            "multiline": _multiline(shape),
            "schema": _said(shape),
            "nullable": place.nullable,
            **_hints(shape),
        }
        if ask.kind in VALUES:
            said["default"] = self.default(ask)
            said["examples"] = self.examples(ask)
        if callable(extra.get("choices")):
            extra["choices"] = extra["choices"]()
        return Question(path=place.path, kind=ask.kind, secret=secret, **{**said, **extra})

    def check(self, ask: Ask, value: Any) -> Problems:
        """Return what is wrong with an answer to a question."""
        if value is None and not (ask.kind is Kind.JSON and ask.required):
            return self._unanswered(ask)
        if not _expected(ask, value):
            wanted = wording.TYPES[WANTED.get(ask.kind, "string")]
            return (Problem((), "type", f"must be {wanted}"),)
        if ask.tokens is not None and not _is_index(value, len(ask.tokens)):
            return (NO_CHOICE,)
        if ask.kind is Kind.CHOICE and not _offered(ask.extra["choices"], value):
            return (NO_CHOICE,)
        return ask.verify(value) if ask.verify else ()

    def _unanswered(self, ask: Ask) -> Problems:
        if not ask.required:
            return ()
        if ask.place.nullable and ask.kind in VALUES:
            return self.problems(replace(ask.place, parts=ask.place.null_parts), None)
        return (NEEDED,)

    def problems(self, place: Place, value: Any) -> Problems:
        """Return what is wrong with a value, from the part that was chosen last."""
        if place.others and canonical(value) in place.others:
            return (REPEATED,)
        for part in reversed(place.parts):
            found = self.compiled.problems(part, value)
            if found:
                return found
        return ()

    def default(self, ask: Ask) -> Any:
        """Return the current value, else the schema's default if it keeps its own rules."""
        if ask.place.current is not ABSENT:
            offered = ask.place.current
        else:
            offered = ask.shape.note("default")
        return offered if offered is not None and not self.check(ask, offered) else None

    def examples(self, ask: Ask) -> tuple[Any, ...]:
        """Return the examples that the schema gives and its own rules accept."""
        found = ask.shape.note("examples", "example")
        listed = found if isinstance(found, list) else [found]
        listed = [*listed[:5], ask.shape.note("placeholder", "ui:placeholder", "x-placeholder")]
        unique = {canonical(item): item for item in listed if item not in (None, "")}
        return tuple(item for item in unique.values() if not self.check(ask, item))

    def secret(self, place: Place, shape: Shape) -> bool:
        """Return whether the value of a place is secret."""
        return place.secret or any(is_secret(note) for note in shape.notes)


def normal(ask: Ask, value: Any) -> Any:
    """Return an answer as it is kept: whole numbers as integers, 80 of "80" where both fit."""
    if ask.kind is Kind.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if ask.kind is Kind.TEXT and isinstance(value, str) and takes_number(ask.shape):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else value
    return value


def takes_number(shape: Shape) -> bool:
    """Return whether a text may be a whole number as well, as Kubernetes marks it."""
    return shape.note(INT_OR_TEXT) is True


def _expected(ask: Ask, value: Any) -> bool:
    types = EXPECTED.get(ask.kind)
    if types is None:
        return True
    if ask.kind is Kind.TEXT and takes_number(ask.shape):
        types = (str, int)
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))


def _is_index(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def _offered(choices: tuple[Choice, ...], value: Any) -> bool:
    return any(_same(choice.value, value) for choice in choices)


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def worded(shape: Shape, problems: Problems) -> Problems:
    """Return problems in the words that the schema's author has for them."""
    own, pattern = shape.note(*wording.OWN), shape.note(*wording.OWN_PATTERN)
    if own is None and pattern is None:
        return problems
    return wording.reworded(problems, own, pattern)


def _help(shape: Shape) -> str:
    text = plain(shape.note("description", "markdownDescription", "help"))
    if not _is_deprecated(shape):
        return text
    reason = plain(shape.note("deprecationMessage", "x-deprecation-message")) or "Deprecated."
    return f"{reason} {text}".strip()


def _hints(shape: Shape) -> dict[str, Any]:
    return {
        "deprecated": _is_deprecated(shape),
        "advanced": shape.note("advanced", "x-advanced", "ui:advanced") is True,
        "group": _words(shape.note("group", "x-group", "sectionCaption")),
        "unit": _words(shape.note("unit", "x-unit", "units")),
    }


def _words(value: Any) -> str:
    return plain(value) if isinstance(value, str) else ""


def _is_deprecated(shape: Shape) -> bool:
    return any(map(says_deprecated, shape.notes))


def _said(shape: Shape) -> Any:
    """All that is said about a place, as one schema; what is nearest to it wins."""
    if len(shape.notes) == 1:
        return shape.notes[0]
    said: dict[str, Any] = {}
    for note in reversed(shape.notes):
        said.update(note)
    said.pop("$ref", None)
    return said


def _named(place: Place) -> str:
    last = place.path[-1] if place.path else ""
    name = humanised(place.name)
    return f"{name} {last + 1}".strip() if isinstance(last, int) else name


def _multiline(shape: Shape) -> bool:
    if shape.note("multiline", "x-multiline", "airbyte_multiline") is True:
        return True
    words = (shape.note(key) for key in ("editor", "contentMediaType", "ui:widget", "format"))
    return any(isinstance(word, str) and any(x in word for x in LONG) for word in words)
