"""Questions of a form: their kinds and choices."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of answer a question accepts (design: section 6)."""

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
    """An answer that a question offers; a branch's `fits` returns whether a value belongs to it."""

    value: Any
    label: str
    help: str = ""
    fits: Callable[[Any], bool] = field(default=_fits_nothing, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form; `path` is where its answer goes.

    `suspected`: the name suggests a secret although nothing marks it, so an asker may offer to hide
    the value. `taken`: names that are no answer to a `key`. `hidden`: an asker may answer it with
    its default, unseen. `nullable`: null is possible too; None answers a required question with it.
    `deprecated`, `group`, `advanced` and `unit` are the schema author's hints for a display.
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
    nullable: bool = False
    deprecated: bool = False
    group: str = ""
    advanced: bool = False
    unit: str = ""
