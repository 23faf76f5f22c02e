"""Local references of a JSON Schema, followed as far as words and examples need them."""

from collections.abc import Iterator
from typing import Any

_FURTHEST = 50


def resolve(root: Any, schema: Any) -> dict[str, Any]:
    """The subschema with its local `$ref`s merged in, siblings first; {} for what is no object."""
    found: dict[str, Any] = {}
    for _ in range(_FURTHEST):
        if not isinstance(schema, dict):
            break
        found = {**schema, **found}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            break
        schema = target(root, reference)
    return found


def target(root: Any, reference: str) -> Any:
    """What a reference like `#/$defs/x` points at, None where that is nothing."""
    if not reference.startswith("#"):
        return None
    found = root
    for step in _steps(reference):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a JSON document."""
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, dict):
            yield found
            stack += found.values()
        elif isinstance(found, list):
            stack += found


def _steps(reference: str) -> list[str]:
    from urllib.parse import unquote

    steps = unquote(reference[1:]).split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]
