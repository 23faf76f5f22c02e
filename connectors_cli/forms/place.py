"""Where a walk is: the place to be filled, and what it hands to whoever asks."""

from collections.abc import Callable, Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Part
from connectors_cli.forms.question import Question

Path = tuple[str | int, ...]
Check = Callable[[Any], tuple[Problem, ...]]


class Absent:
    """The value of what is not there."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


@dataclass(frozen=True)
class Ask:
    """A question to put; `key` is what its answer is remembered by."""

    key: tuple[Any, ...]
    question: Question
    check: Check


@dataclass(frozen=True)
class Forget:
    """What was asked below a path is to be asked again, or its question is gone."""

    path: Path
    gone: bool = False


Walk = Generator[Ask | Forget, Any, Any]


@dataclass(frozen=True)
class Place:
    """One place of the document: what applies there and what is known of its value.

    `others`: keys of the values that this one must differ from. `chosen`: branches that were picked
    here, whose constants are written. `barred`: names that only another branch needs. `settled`:
    the unions that were decided.
    """

    path: Path
    parts: tuple[Part, ...]
    required: bool = True
    given: Any = ABSENT
    current: Any = ABSENT
    secret: bool = False
    others: AbstractSet[str] = frozenset()
    chosen: tuple[Part, ...] = ()
    barred: frozenset[str] = frozenset()
    settled: frozenset[tuple[int, str]] = frozenset()

    @property
    def name(self) -> str:
        names = [step for step in self.path if isinstance(step, str)]
        return names[-1] if names else ""


def below(value: Any, step: str | int) -> Any:
    """What stands at a key or index of a value, if anything does."""
    if isinstance(value, dict):
        return value.get(step, ABSENT)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return ABSENT
