"""Values as they are meant: addresses that were written as people write them."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.paths import ABSENT, Path, below
from connectors_cli.forms.secrets import secrets_of
from connectors_cli.forms.text import addresses

Check = Callable[[Any], Iterable[Problem]]


def meant(schema: Any, values: dict[str, Any], check: Check) -> dict[str, Any]:
    """Return values in which each address that does not fit is the one that it means; see `text`.

    An address in which there is no such one stays, and `check` finds its problem.
    """
    found = values
    for problem in check(values):
        text = _at(found, problem.path)
        if isinstance(text, str):
            for inner in secrets_of(schema).schemas_at(problem.path):
                found = _with_address(inner, found, problem.path, check)
    return found


def _with_address(
    schema: dict[str, Any], values: dict[str, Any], path: Path, check: Check
) -> dict[str, Any]:
    for candidate in addresses(schema, _at(values, path)):
        changed = deepcopy(values)
        _at(changed, path[:-1])[path[-1]] = candidate
        if all(problem.path != path for problem in check(changed)):
            return changed
    return values


def _at(values: Any, path: Path) -> Any:
    for step in path:
        values = below(values, step)
        if values is ABSENT:
            return None
    return values
