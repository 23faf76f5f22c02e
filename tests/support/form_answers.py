"""Answers to a form from an instance: each question gets the matching part."""

from typing import Any

from connectors_cli.forms import Form, Kind, Question
from connectors_cli.forms.equality import canonical

MISSING = object()
MOST = 2_000


class StuckError(AssertionError):
    """The form asked for a value that the instance does not contain."""


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        try:
            value = value[step]
        except (IndexError, KeyError, TypeError):
            return MISSING
    return value


def reach(schema: Any, instance: Any, **known: Any) -> tuple[Any, list[Question]]:
    """The result of a form that was answered from an instance, and its questions."""
    form = Form(schema, **known)
    asked: list[Question] = []
    while (question := form.next()) is not None:
        asked.append(question)
        assert len(asked) < MOST, "the form does not end"
        form.answer(respond(question, instance))
    return form.result(), asked


def respond(question: Question, instance: Any) -> Any:
    value = at(instance, question.path)
    if question.kind is Kind.INCLUDE:
        return value is not MISSING
    if question.kind is Kind.MORE:
        return value is not MISSING and question.count < len(value)
    if question.kind is Kind.KEY:
        return next(key for key in value if key not in question.taken)
    if value is MISSING:
        if question.required:
            raise StuckError(f"{question.path} is required and absent")
        return None
    return _choice(question, value)


def _choice(question: Question, value: Any) -> Any:
    if question.kind is Kind.BRANCH:
        fitting = [choice.value for choice in question.choices if choice.fits(value)]
    elif question.kind is Kind.CHOICE:
        fitting = [c.value for c in question.choices if canonical(c.value) == canonical(value)]
    else:
        return value
    if not fitting:
        raise StuckError(f"nothing fits at {question.path}")
    return fitting[0]


def holds(whole: Any, part: Any) -> bool:
    """Return whether a value contains everything of another."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(key in whole and holds(whole[key], item) for key, item in part.items())
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return canonical(whole) == canonical(part)
