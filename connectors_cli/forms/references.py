"""The references of a schema: they point into it, and never back to themselves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from referencing.exceptions import Unresolvable

from connectors_cli.errors import InvalidSchema

if TYPE_CHECKING:
    from connectors_cli.forms.compiled import Compiled, Part

MAPS = (
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "dependencies",
)
BESIDE_LISTS = ("allOf", "anyOf", "oneOf")
BESIDE = ("not", "if", "then", "else")
LISTS = (*BESIDE_LISTS, "prefixItems", "items")
SINGLE = (
    *BESIDE,
    "items",
    "additionalItems",
    "additionalProperties",
    "propertyNames",
    "contains",
    "unevaluatedItems",
    "unevaluatedProperties",
)
Located = tuple["Part", str]


def located(compiled: "Compiled") -> Iterator[Located]:
    """Every subschema that stands in a known place, with where that is."""
    stack = [(compiled.root, "#")]
    while stack:
        part, where = stack.pop()
        yield part, where
        if isinstance(part.schema, dict):
            stack += [
                (compiled.sub(part, sub), f"{where}/{step}") for step, sub in _inside(part.schema)
            ]


def _inside(schema: dict[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for keyword, value in schema.items():
        if keyword in MAPS and isinstance(value, dict):
            found += [(f"{keyword}/{name}", sub) for name, sub in value.items()]
        elif keyword in LISTS and isinstance(value, list):
            found += [(f"{keyword}/{index}", sub) for index, sub in enumerate(value)]
        elif keyword in SINGLE:
            found.append((keyword, value))
    return [(step, sub) for step, sub in found if isinstance(sub, dict)]


def has_foreign(schema: Any) -> bool:
    """Whether any reference is more than a pointer into the same document."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str) and not ref.startswith("#"):
                return True
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return False


def check_references(compiled: "Compiled") -> None:
    """Raise InvalidSchema where a reference points out of the schema or to nothing."""
    for part, where in located(compiled):
        ref = part.schema.get("$ref") if isinstance(part.schema, dict) else None
        if not isinstance(ref, str):
            continue
        try:
            compiled.target(part)
        except (Unresolvable, ValueError):
            raise InvalidSchema(_lost(ref, where)) from None


def _lost(ref: str, where: str) -> str:
    shown = "".join(char for char in ref[:200] if char.isprintable())
    if ref.startswith("#"):
        return f"the schema refers to {shown}, which is not in it (at {where}/$ref)"
    return (
        f"the schema refers to {shown}, which is outside of it (at {where}/$ref): "
        "references are never fetched"
    )


def check_loops(compiled: "Compiled") -> None:
    """Raise InvalidSchema where a schema applies itself to the same value without end."""
    done: set[int] = set()
    for part, where in located(compiled):
        _follow(compiled, part, where, done)


def _follow(compiled: "Compiled", start: "Part", where: str, done: set[int]) -> None:
    """Walk what applies to the same value, depth first, looking for the way back."""
    if id(start.schema) in done:
        return
    open_: set[int] = {id(start.schema)}
    stack = [(start, iter(list(_beside(compiled, start))))]
    while stack:
        part, rest = stack[-1]
        following = next(rest, None)
        if following is None:
            stack.pop()
            open_.discard(id(part.schema))
            done.add(id(part.schema))
        elif id(following.schema) in open_:
            raise InvalidSchema(f"the schema refers to itself without end (at {where})")
        elif id(following.schema) not in done:
            open_.add(id(following.schema))
            stack.append((following, iter(list(_beside(compiled, following)))))


def _beside(compiled: "Compiled", part: "Part") -> Iterator["Part"]:
    if not isinstance(part.schema, dict):
        return
    target = compiled.reference(part)
    if target is not None:
        yield target
        if not compiled.draft.siblings:
            return
    for keyword in BESIDE_LISTS:
        value = part.schema.get(keyword)
        for sub in value if isinstance(value, list) else ():
            yield compiled.sub(part, sub)
    for keyword in BESIDE:
        if isinstance(part.schema.get(keyword), dict):
            yield compiled.sub(part, part.schema[keyword])
