"""Forms as JSON objects for other programs: questions, pages and problems out, answers in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from connectors_cli.errors import InvalidInput, Problem
from connectors_cli.forms.page import Asked, Change, FormProblems, Page, PageField, State
from connectors_cli.forms.paths import ABSENT, Path
from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.replies import Reply

VERSION = 2
"""The version of the messages; within one, fields are only added."""
NAMED = (Kind.BRANCH, Kind.INCLUDE, Kind.MORE, Kind.KEY)
"""Kinds whose answer may stand under the name of the kind."""
COUNTED = (Kind.MORE, Kind.KEY)
_TYPES: dict[Kind, type] = {Kind.INCLUDE: bool, Kind.MORE: bool, Kind.KEY: str}
Hides = Callable[[Question, State], bool]
"""Whether the value that belongs to a question is not to be shown."""


def question_object(question: Question, *, hidden: bool) -> dict[str, Any]:
    """Return a question as its JSON object; `hidden` leaves out its default, which is secret."""
    found: dict[str, Any] = {
        "path": list(question.path),
        "kind": question.kind.value,
        "title": question.title,
        "help": question.help,
        "required": question.required,
        "secret": question.secret,
        "suspected": question.suspected,
        "multiline": question.multiline,
        "nullable": question.nullable,
        "default": None if hidden else question.default,
        "choices": [
            {"value": choice.value, "label": choice.label, "help": choice.help}
            for choice in question.choices
        ],
        "examples": list(question.examples),
        "schema": question.schema,
        "deprecated": question.deprecated,
        "advanced": question.advanced,
        "group": question.group,
        "unit": question.unit,
    }
    if question.kind in COUNTED:
        found |= {"count": question.count, "taken": list(question.taken)}
    return found


def open_object(asked: Asked, hides: Hides) -> dict[str, Any]:
    """Return a question without an answer, with the value that stands in for one."""
    hidden = hides(asked.question, asked.state)
    return {
        **question_object(asked.question, hidden=hidden),
        "state": asked.state.value,
        "opens": asked.opens,
        **_value(asked.value, hidden=hidden),
    }


def answer_object(asked: Asked, hides: Hides) -> dict[str, Any]:
    """Return an answer as it can be given again; of a secret only that it is set."""
    question = asked.question
    hidden = hides(question, asked.state)
    count = {"count": question.count} if question.kind in COUNTED else {}
    value = _value(asked.value, hidden=hidden)
    del value["value" if hidden else "set"]
    return {"path": list(question.path), "kind": question.kind.value, **count, **value}


def page_object(page: Page, hides: Hides) -> dict[str, Any]:
    """Return a page: its fields in groups, each with its question and value."""
    return {
        "path": list(page.path),
        "title": page.title,
        "help": page.help,
        "container": page.container,
        "may_add": page.may_add,
        "branches": _branches(page.branches),
        "groups": [
            {"title": title, "fields": [_field(one, hides) for one in fields]}
            for title, fields in page.groups
        ],
        "problems": [problem_object(problem) for problem in page.problems],
    }


def _field(one: PageField, hides: Hides) -> dict[str, Any]:
    hidden = hides(replace(one.question, path=one.path), one.state)
    shown = _value(one.value, hidden=hidden) if one.container is None else {}
    return {
        **question_object(one.question, hidden=hidden),
        "path": list(one.path),
        "required": one.required,
        "state": one.state.value,
        "container": one.container,
        "branches": _branches(one.branches),
        "problems": [problem_object(problem) for problem in one.problems],
        **shown,
    }


def _branches(found: tuple[tuple[Question, int | None], ...]) -> list[dict[str, Any]]:
    return [{**question_object(q, hidden=False), "chosen": chosen} for q, chosen in found]


def _value(value: Any, *, hidden: bool) -> dict[str, Any]:
    there = value is not ABSENT and value is not None
    return {"value": value if there and not hidden else None, "set": there}


def change_object(change: Change) -> dict[str, Any]:
    """Return what an edit did."""
    return {
        "appeared": [list(path) for path in change.appeared],
        "vanished": [list(path) for path in change.vanished],
        "changed": [list(path) for path in change.changed],
    }


def problem_object(problem: Problem) -> dict[str, Any]:
    """Return a problem; it never contains a value."""
    return {"path": list(problem.path), "rule": problem.rule, "message": problem.message}


def problem_objects(problems: FormProblems) -> Iterator[dict[str, Any]]:
    """Yield what is missing, then what is wrong."""
    for state, found in (("missing", problems.missing), ("wrong", problems.wrong)):
        yield from ({**problem_object(problem), "state": state} for problem in found)


def reply_of(message: dict[str, Any]) -> Reply | None:
    """Return the answer in a message, None for one that only says that a secret is set.

    Raises InvalidInput, which quotes no value.
    """
    path = message_path(message)
    kind = _kind(message)
    name = kind.value if kind in NAMED and kind.value in message else "value"
    if name not in message:
        if message.get("set") is True:
            return None
        raise InvalidInput("an answer needs a value, or one of branch, include, more and key")
    value, count = message[name], message.get("count")
    if kind in _TYPES and type(value) is not _TYPES[kind]:
        raise InvalidInput(f"{name} must be {'text' if kind is Kind.KEY else 'true or false'}")
    is_count = isinstance(count, int) and not isinstance(count, bool)
    return Reply(path, value, kind, count if is_count and kind in COUNTED else None)


def _kind(message: dict[str, Any]) -> Kind | None:
    if "kind" not in message:
        return next((kind for kind in NAMED if kind.value in message), None)
    try:
        return Kind(message["kind"])
    except ValueError:
        raise InvalidInput(f"kind must be one of {', '.join(Kind)}") from None


def message_path(message: dict[str, Any], name: str = "path") -> Path:
    """Return the path in a message, by default that of the whole; raises InvalidInput."""
    path = message.get(name, [])
    if not isinstance(path, list) or not all(type(step) in {str, int} for step in path):
        raise InvalidInput(f"{name} must be a list of names and positions")
    return tuple(path)
