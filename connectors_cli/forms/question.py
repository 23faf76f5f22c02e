"""What a form asks: the question, its kind and its choices."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of answer a question takes (design: section 6)."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    BRANCH = "branch"
    INCLUDE = "include"
    MORE = "more"
    KEY = "key"
    JSON = "json"


def _fits_nothing(_value: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that a question offers; of a branch, `fits` tells whether a value belongs to it."""

    value: Any
    label: str
    help: str = ""
    fits: Callable[[Any], bool] = field(default=_fits_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form; `path` says where its answer goes.

    `suspected`: the name says secret though nothing marks it, so an asker may offer to hide it.
    `taken`: names that are no answer to a `key`. `hidden`: this opens fields that the schema's
    author hides from people; an asker may answer it with its default, false, unseen.
    """

    path: tuple[str | int, ...]
    kind: Kind
    title: str
    help: str = ""
    required: bool = False
    secret: bool = False
    suspected: bool = False
    multiline: bool = False
    default: Any = field(default=None, repr=False)
    choices: tuple[Choice, ...] = ()
    count: int = 0
    taken: tuple[str, ...] = ()
    examples: tuple[Any, ...] = ()
    hidden: bool = False
    schema: Any = field(default=None, repr=False)
    problem: str | None = None
