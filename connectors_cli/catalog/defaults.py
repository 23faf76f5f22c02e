"""The settings of a connector: what was set, and the defaults of its type's schema.

Hot reads import this module, so it loads little else.
"""

from __future__ import annotations

from connectors_cli.forms.references import resolve, walk

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_DEEPEST = 16


def with_defaults(schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return values and the defaults of those that are not set, also inside objects and lists.

    Of the branches of a choice the one counts whose constants the values have.
    """
    return _filled(schema, schema, values, 0)


def flat_defaults(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the defaults of a schema by field; None if some depend on what is set."""
    found = with_defaults(schema, {})
    nodes = sum("default" in node for node in walk(schema))
    return found if nodes == len(found) else None


def _filled(
    root: dict[str, Any], schema: dict[str, Any], values: dict[str, Any], depth: int
) -> dict[str, Any]:
    found = dict(values)
    for part in _applying(root, schema, values, depth):
        properties = part.get("properties")
        for name, declared in properties.items() if isinstance(properties, dict) else ():
            inner = resolve(root, declared)
            if name not in found and inner.get("default") is not None:
                found[name] = inner["default"]
            if name in found and depth < _DEEPEST:
                found[name] = _inside(root, inner, found[name], depth + 1)
    return found


def _inside(root: dict[str, Any], schema: dict[str, Any], value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return _filled(root, schema, value, depth)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        return [_inside(root, resolve(root, items), item, depth + 1) for item in value]
    return value


def _applying(
    root: dict[str, Any], schema: Any, values: dict[str, Any], depth: int
) -> Iterator[dict[str, Any]]:
    """Yield a schema, those that apply with it, and the branch that the values belong to."""
    found = resolve(root, schema)
    yield found
    if depth >= _DEEPEST:
        return
    parts = [part for part in found.get("allOf") or () if isinstance(part, dict)]
    for keyword in ("oneOf", "anyOf"):
        branches = (resolve(root, branch) for branch in found.get(keyword) or ())
        fitting = [branch for branch in branches if _is_branch_of(root, branch, values)]
        parts += fitting if len(fitting) == 1 else ()
    for part in parts:
        yield from _applying(root, part, values, depth + 1)


def _is_branch_of(root: dict[str, Any], branch: dict[str, Any], values: dict[str, Any]) -> bool:
    """Return whether values have the constants of a branch, of which it has some."""
    properties = branch.get("properties")
    inner = ((n, resolve(root, p)) for n, p in properties.items()) if properties else ()
    consts = {name: found["const"] for name, found in inner if "const" in found}
    return bool(consts) and all(values.get(name) == value for name, value in consts.items())
