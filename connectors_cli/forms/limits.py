"""Limits on the work of a validation, so that no schema can hang or exhaust the program."""

import json
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from math import isfinite
from typing import Any, TypeVar

from connectors_cli.errors import InvalidSchema, Problem

STEPS = 250_000
"""What a validation may cost, in keywords looked at (a reference costs as much as eight of them):
real ones cost hundreds; this much takes a second or two."""

T = TypeVar("T")
_left: ContextVar[list[int] | None] = ContextVar("steps left", default=None)


class TooMuchWorkError(Exception):
    """A validation went over its bound."""


def spend(steps: int = 1) -> None:
    """Count work; a validation that goes over its bound stops here."""
    left = _left.get()
    if left is None:
        return
    left[0] -= steps
    if left[0] < 0:
        raise TooMuchWorkError


def bounded(work: Callable[[], T], steps: int = STEPS) -> T | Problem:
    """Run a validation within its bounds; a problem says which was met."""
    token = _left.set([steps])
    try:
        return work()
    except TooMuchWorkError:
        return Problem((), "bounds", "the schema takes too long to check this value")
    except RecursionError:
        return Problem((), "bounds", "the value or its schema is nested too deep to check")
    except Exception as error:
        problem = _outcome(error)
        if problem is None:
            raise
        return problem
    finally:
        _left.reset(token)


def _outcome(error: Exception) -> Problem | None:
    """Return the problem that an error of a validator stands for, None for any other."""
    from jsonschema.exceptions import UndefinedTypeCheck, UnknownType  # slow to import
    from referencing.exceptions import Unresolvable

    match error:
        case Unresolvable():
            return Problem((), "$ref", "the schema refers to something that is not in it")
        case ValueError() | OverflowError():
            return Problem((), "bounds", "contains a number that is too large to check")
        case AttributeError() | KeyError() | TypeError() | UnknownType() | UndefinedTypeCheck():
            return Problem((), "schema", "the schema is malformed where it speaks of this value")
        case _:
            return None


LARGEST = 1024 * 1024
DEEPEST = 100


def numbers_without_end(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Problem]:
    """Yield a problem for each number that JSON does not have: NaN and infinity."""
    if isinstance(value, float) and not isfinite(value):
        yield Problem(path, "type", "must be a number")
    elif isinstance(value, dict | list) and len(path) < DEEPEST:
        for step, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(item, float | dict | list):
                yield from numbers_without_end(item, (*path, step))


def check_bounds(schema: Any) -> None:
    """Raise InvalidSchema for what is no schema, or more than the program takes."""
    if not isinstance(schema, dict | bool):
        raise InvalidSchema("a schema is an object, true or false")
    _check_depth(schema)
    try:
        size = len(json.dumps(schema, ensure_ascii=False))
    except (TypeError, ValueError):
        raise InvalidSchema("the schema contains something that is not JSON") from None
    if size > LARGEST:
        raise InvalidSchema(
            f"the schema is too large: {size // 1024} KiB, at most {LARGEST // 1024} are taken"
        )


def _check_depth(schema: Any) -> None:
    level: list[Any] = [schema]
    for _ in range(DEEPEST):
        level = [item for node in level for item in _inside(node)]
        if not level:
            return
    raise InvalidSchema(f"the schema is nested too deep: at most {DEEPEST} levels are taken")


def _inside(node: Any) -> list[Any]:
    inner = node.values() if isinstance(node, dict) else node
    return [item for item in inner if isinstance(item, dict | list)] if _nested(node) else []


def _nested(node: Any) -> bool:
    return isinstance(node, dict | list)
