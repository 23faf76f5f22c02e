"""The shape of a place in a document: every subschema that applies there, taken together."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.drafts import impossible
from connectors_cli.forms.equality import canonical

ALL_TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
HINTS = {
    "object": (
        "properties patternProperties additionalProperties required propertyNames minProperties "
        "maxProperties dependentRequired dependentSchemas dependencies unevaluatedProperties"
    ),
    "array": (
        "items prefixItems additionalItems contains minItems maxItems uniqueItems unevaluatedItems"
    ),
    "string": "pattern minLength maxLength format contentEncoding contentMediaType",
    "number": "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf",
}
TYPE_ONLY = frozenset({"type", "title", "description", "$comment"})
CROSSING = frozenset(
    (
        *("not", "if", "enum", "const", "dependentRequired", "dependentSchemas", "dependencies"),
        *("minProperties", "maxProperties", "propertyNames", "contains", "uniqueItems"),
        *("unevaluatedProperties", "unevaluatedItems"),
    )
)
"""Keywords about a value as a whole: answers that fit one by one may break them together."""
_TYPE_OF_KEYWORD = {word: name for name, words in HINTS.items() for word in words.split()}


@dataclass(frozen=True)
class Union:
    """A choice between branches that a schema leaves open."""

    owner: Part
    keyword: str
    branches: tuple[Part, ...]
    unlikely: bool = False
    """Whether any but the first branch is there only because nothing forbids it."""

    @property
    def key(self) -> tuple[int, str]:
        """What tells this union from others."""
        return (id(self.owner.schema), self.keyword)

    @property
    def exclusive(self) -> bool:
        """Whether a value may fit no more than one branch."""
        return self.keyword in ("oneOf", "oneName")


@dataclass
class Shape:
    """The parts that apply, flattened; and what follows from them."""

    parts: tuple[Part, ...]
    flat: list[Part] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    unions: list[Union] = field(default_factory=list)
    types: tuple[str, ...] = ()
    stated: bool = False
    """Whether the types are said, not only guessed from the keywords."""
    never: bool = False
    crosses: bool = False
    """Whether there are rules about the value as a whole."""
    contains: bool = False
    """Whether a list must contain certain items."""

    def note(self, *keywords: str) -> Any:
        """Return the first annotation found under one of the keywords."""
        for keyword in keywords:
            for schema in self.notes:
                if keyword in schema:
                    return schema[keyword]
        return None

    @property
    def unique(self) -> bool:
        """Whether the items of a list must differ."""
        return any(part.schema.get("uniqueItems") is True for part in self.flat)

    def bound(self, keyword: str) -> int | None:
        """Return the strictest of the numbers under a keyword."""
        found = [
            int(part.schema[keyword])
            for part in self.flat
            if isinstance(part.schema.get(keyword), int | float)
        ]
        if not found:
            return None
        return max(found) if keyword.startswith("min") else min(found)


class Shapes:
    """The shapes of places, each made once."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._shapes: dict[tuple[int, ...], Shape] = {}

    def of(self, parts: tuple[Part, ...]) -> Shape:
        key = tuple(map(id, parts))
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._make(parts)
        return shape

    def _make(self, parts: tuple[Part, ...]) -> Shape:
        shape = Shape(parts)
        for part in parts:
            self._expand(part, shape, set())
        shape.types, shape.stated = _types(shape)
        shape.never = shape.never or not shape.types
        shape.crosses = bool(shape.unions) or _crosses(shape)
        shape.contains = any("contains" in part.schema for part in shape.flat)
        return shape

    def _expand(self, part: Part, shape: Shape, seen: set[int]) -> None:
        schema = part.schema
        if not isinstance(schema, dict):
            shape.never = shape.never or schema is False
            return
        shape.never = shape.never or impossible(schema)
        if id(schema) in seen or part in shape.flat:
            return
        seen = seen | {id(schema)}
        shape.notes.append(schema)
        target = self.compiled.reference(part)
        if target is None or self.compiled.draft.siblings:
            shape.flat.append(part)
            self._expand_inside(part, shape, seen)
        if target is not None:
            self._expand(target, shape, seen)

    def _expand_inside(self, part: Part, shape: Shape, seen: set[int]) -> None:
        for sub in _list(part.schema.get("allOf")):
            self._expand(self.compiled.sub(part, sub), shape, seen)
        self._expand_condition(part, shape)
        for keyword in ("oneOf", "anyOf"):
            branches = [self.compiled.sub(part, sub) for sub in _list(part.schema.get(keyword))]
            if len(branches) == 1:
                self._expand(branches[0], shape, seen)
            elif branches:
                shape.unions.append(Union(part, keyword, tuple(branches)))

    def _expand_condition(self, part: Part, shape: Shape) -> None:
        """Take an `if` about the type of a value as a union: each type has its own branch."""
        condition = part.schema.get("if")
        if not isinstance(condition, dict) or not self.compiled.draft.knows("if"):
            return
        names = _list(condition.get("type"), alone=True)
        if not names or set(condition) - TYPE_ONLY or "type" in part.schema:
            return
        wide = [*names, "integer"] if "number" in names else names
        others = [name for name in ALL_TYPES if name not in wide]
        then, other = (part.schema.get(word, True) for word in ("then", "else"))
        branches = ({"allOf": [condition, then]}, {"type": others, "allOf": [other]})
        subs = tuple(self.compiled.sub(part, branch) for branch in branches)
        shape.unions.append(Union(part, "if", subs))

    def constants(self, shape: Shape) -> list[Any] | None:
        """Return the values that const and enum leave, before anything else is checked."""
        found: list[Any] | None = None
        for part in shape.flat:
            if "const" in part.schema and self.compiled.draft.knows("const"):
                found = _meet(found, [part.schema["const"]])
            if isinstance(part.schema.get("enum"), list):
                found = _meet(found, part.schema["enum"])
        return found


def _crosses(shape: Shape) -> bool:
    schemas = [part.schema for part in shape.flat]
    closed = any(schema.get("additionalProperties") is False for schema in schemas)
    return any(CROSSING & schema.keys() for schema in schemas) or (closed and len(schemas) > 1)


def _meet(known: list[Any] | None, values: list[Any]) -> list[Any]:
    if known is None:
        return values
    keys = {canonical(value) for value in values}
    return [value for value in known if canonical(value) in keys]


def _types(shape: Shape) -> tuple[tuple[str, ...], bool]:
    allowed: list[str] = list(ALL_TYPES)
    stated = False
    for part in shape.flat:
        said = part.schema.get("type")
        if said is None:
            continue
        names = [name for name in _list(said, alone=True) if name in ALL_TYPES]
        if not names:
            continue
        wide = [*names, "integer"] if "number" in names else names
        allowed = [name for name in allowed if name in wide] if stated else _unique(wide)
        stated = True
    if not stated:
        return _guessed(shape), False
    if "number" in allowed and "integer" in allowed:
        allowed.remove("integer")
    return tuple(allowed), True


def _guessed(shape: Shape) -> tuple[str, ...]:
    hints = (
        _TYPE_OF_KEYWORD.get(key)
        for part in shape.flat
        for key, value in part.schema.items()
        if value is not True and value != {}
    )
    return tuple(_unique([hint for hint in hints if hint])) or ("any",)


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _list(value: Any, alone: bool = False) -> list[Any]:
    if isinstance(value, list):
        return value
    return [value] if alone and value is not None else []


def item_parts(compiled: Compiled, shape: Shape, index: int) -> tuple[Part, ...]:
    """Return the parts that apply to the item at an index."""
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
    """Return how many items have a schema of their own."""
    return max((len(_positional(compiled, part)) for part in shape.flat), default=0)
