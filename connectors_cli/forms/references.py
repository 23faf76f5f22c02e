"""Local references of a JSON Schema: JSON pointers in `$ref`, followed without a validator."""

from __future__ import annotations

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_FURTHEST = 50


def resolve(root: Any, schema: Any) -> dict[str, Any]:
    """Return a subschema with its local `$ref`s merged in, siblings first; {} if not an object."""
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
    """Return what a reference like `#/$defs/x` points to, None if it points to nothing."""
    if not is_pointer(reference):
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


def is_pointer(reference: str) -> bool:
    """Return whether a reference is a JSON pointer into its own document."""
    return reference == "#" or reference.startswith("#/")


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object in a JSON document."""
    stack = [value]
    while stack:
        found = stack.pop()
        if isinstance(found, dict):
            yield found
            stack += found.values()
        elif isinstance(found, list):
            stack += found


class PointerPart:
    """A subschema of a `PointerSchema`."""

    __slots__ = ("schema",)

    def __init__(self, schema: Any) -> None:
        self.schema = schema


class PointerSchema:
    """A schema to walk without jsonschema: each `$ref` is a JSON pointer that leads somewhere.

    It has the methods of `forms.compiled.Compiled` for that. `is_possible` says whether a schema
    is such a one, as those of the catalog are.
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        self.root = PointerPart(schema)

    @staticmethod
    def is_possible(schema: Any) -> bool:
        """Return whether no part of a schema has a name of its own or refers to one."""
        return isinstance(schema, dict) and all(
            _OTHER_REFERENCES.isdisjoint(node)
            and not isinstance(node.get("$id"), str)
            and not isinstance(node.get("id"), str)
            and _leads_somewhere(schema, node.get("$ref"))
            for node in walk(schema)
        )

    def sub(self, _: PointerPart, schema: Any) -> PointerPart:
        """Return the part for a subschema inside another."""
        return PointerPart(schema)

    def reference(self, part: PointerPart) -> PointerPart | None:
        """Return what the part's reference points to, None without one."""
        reference = part.schema.get("$ref")
        if not isinstance(reference, str):
            return None
        return PointerPart(target(self.root.schema, reference))


_OTHER_REFERENCES = frozenset(
    {"$dynamicRef", "$recursiveRef", "$anchor", "$dynamicAnchor", "$recursiveAnchor"}
)


def _leads_somewhere(root: Any, reference: Any) -> bool:
    if not isinstance(reference, str):
        return True
    return is_pointer(reference) and isinstance(target(root, reference), dict | bool)


def _steps(reference: str) -> list[str]:
    if "%" in reference:
        from urllib.parse import unquote

        reference = unquote(reference)
    steps = reference[1:].split("/")[1:]
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]
