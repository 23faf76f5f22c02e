"""Bounds the work of one validation, so that no schema can hang or exhaust the program."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

from jsonschema.exceptions import UndefinedTypeCheck, UnknownType
from referencing.exceptions import Unresolvable

from connectors_cli.errors import Problem

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
    except Unresolvable:
        return Problem((), "$ref", "the schema refers to something that is not in it")
    except (ValueError, OverflowError):
        return Problem((), "bounds", "holds a number that is too large to check")
    except (AttributeError, KeyError, TypeError, UnknownType, UndefinedTypeCheck):
        return Problem((), "schema", "the schema is malformed where it speaks of this value")
    finally:
        _left.reset(token)
