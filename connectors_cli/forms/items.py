"""What the items of a list may be."""

from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.shape import Shape


def item_parts(compiled: Compiled, shape: Shape, index: int) -> tuple[Part, ...]:
    """The parts that apply to the item at an index."""
    return tuple(
        compiled.sub(part, sub) for part in shape.flat for sub in _applying(compiled, part, index)
    )


def _applying(compiled: Compiled, part: Part, index: int) -> list[Any]:
    first = _positional(compiled, part)
    if index < len(first):
        return [first[index]]
    rest = part.schema.get("items")
    if isinstance(rest, list):
        rest = part.schema.get("additionalItems")
    if rest is None and "unevaluatedItems" in part.schema:
        rest = part.schema["unevaluatedItems"]
    return [rest] if isinstance(rest, dict | bool) else []


def _positional(compiled: Compiled, part: Part) -> list[Any]:
    for keyword in ("prefixItems", "items"):
        value = part.schema.get(keyword)
        if isinstance(value, list) and (keyword == "items" or compiled.draft.knows(keyword)):
            return value
    return []


def positions(compiled: Compiled, shape: Shape) -> int:
    """How many items have a schema of their own."""
    return max((len(_positional(compiled, part)) for part in shape.flat), default=0)
