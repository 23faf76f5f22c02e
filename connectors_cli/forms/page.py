"""Pages of a form: the fields of one object, list or map as they are now."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.question import Question

Path = tuple[str | int, ...]


class State(StrEnum):
    """Where the value of a field comes from.

    `answered`: it was set in this form. `inherited`: it was given before or is the current one.
    `default`: the schema's default stands in. `open`: it has none.
    """

    ANSWERED = "answered"
    INHERITED = "inherited"
    DEFAULT = "default"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the value that is there, and where that comes from.

    `opens`: other questions may depend on the answer.
    """

    question: Question
    state: State
    value: Any = field(repr=False)
    opens: bool = True


@dataclass(frozen=True, slots=True)
class PageField:
    """One field of a page.

    `question` asks for its value (of an object, list or map: for whether it is wanted, or has one
    more item). `branches` are the unions that come before it, each with the index that was chosen,
    None while it is open. `container` is "object", "list" or "map" where the field has a page of
    its own. `value` is ABSENT where there is none; values of secrets are in it.
    """

    path: Path
    question: Question
    state: State
    value: Any = field(repr=False)
    required: bool
    branches: tuple[tuple[Question, int | None], ...] = ()
    container: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def title(self) -> str:
        return self.question.title


@dataclass(frozen=True, slots=True)
class Page:
    """The fields of one place that the values so far call for, in the order of asking.

    `container` is "object", "list" or "map", None for a place that is one value; an object to which
    entries can be added as well is an object. `branches` are the unions of the place
    itself. `fields` of a list are its items. `may_add`: whether `Form.add` can add one.
    """

    path: Path
    title: str
    help: str
    container: str | None
    fields: tuple[PageField, ...] = ()
    branches: tuple[tuple[Question, int | None], ...] = ()
    may_add: bool = False
    problems: tuple[Problem, ...] = ()

    @property
    def groups(self) -> tuple[tuple[str, tuple[PageField, ...]], ...]:
        """The fields by the group their schema names: those without one first, advanced last."""
        found: dict[str, list[PageField]] = {}
        for one in self.fields:
            found.setdefault(_group(one), []).append(one)
        first, last = found.pop("", []), found.pop(ADVANCED, [])
        ordered = {"": first, **found, ADVANCED: last}
        return tuple((name, tuple(fields)) for name, fields in ordered.items() if fields)


ADVANCED = "Advanced"


def _group(one: PageField) -> str:
    if one.question.group:
        return one.question.group
    return ADVANCED if one.question.advanced and not one.required else ""


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit did: the paths of fields that appeared, vanished, or look different now."""

    appeared: tuple[Path, ...] = ()
    vanished: tuple[Path, ...] = ()
    changed: tuple[Path, ...] = ()


def difference(before: dict[Path, Any], after: dict[Path, Any]) -> Change:
    """Return what differs between two states of a form, each a description by path."""
    return Change(
        tuple(path for path in after if path not in before),
        tuple(path for path in before if path not in after),
        tuple(p for p in after if p in before and not _alike(before[p], after[p])),
    )


def _alike(one: Iterable[Any], other: Iterable[Any]) -> bool:
    return one == other and repr(one) == repr(other)  # 1 is not true, and 1.0 is shown as 1.0


@dataclass(frozen=True, slots=True)
class FormProblems:
    """What keeps a form from being complete: values that are missing, and values that are wrong."""

    missing: tuple[Problem, ...] = ()
    wrong: tuple[Problem, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.missing or self.wrong)
