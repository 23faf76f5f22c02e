"""Compiled schemas: references resolved and validators created once."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import jsonschema_specifications
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import lookup_recursive_ref

from connectors_cli.errors import InvalidSchema, Problem
from connectors_cli.forms import drafts, wording
from connectors_cli.forms.limits import bounded, check_bounds, numbers_without_end
from connectors_cli.forms.references import is_pointer, target, walk

MAPS = (
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
    "dependencies",
)
SIBLING_LISTS = ("allOf", "anyOf", "oneOf")
SIBLINGS = ("not", "if", "then", "else")
LISTS = (*SIBLING_LISTS, "prefixItems", "items")
SINGLE = (
    *SIBLINGS,
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
    """Yield every subschema in a known place, with its JSON pointer."""
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
    """Return whether any reference is more than a pointer into the same document."""
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
    for keyword in SIBLING_LISTS:
        value = part.schema.get(keyword)
        for sub in value if isinstance(value, list) else ():
            yield compiled.sub(part, sub)
    for keyword in SIBLINGS:
        if isinstance(part.schema.get(keyword), dict):
            yield compiled.sub(part, part.schema[keyword])


REFS = ("$ref", "$dynamicRef", "$recursiveRef")
REMEMBERED = 8


def compiled_of(schema: Any) -> "Compiled":
    """Return a schema compiled; the last few are remembered, and must not be changed any more."""
    for known, compiled in _RECENT:
        if known is schema:
            return compiled
    made = Compiled(schema)
    _RECENT[:] = [(schema, made), *_RECENT[: REMEMBERED - 1]]
    return made


_RECENT: list[tuple[Any, "Compiled"]] = []


class Part:
    """One subschema together with what its references are relative to."""

    __slots__ = ("resolver", "schema", "validator")

    def __init__(self, schema: Any, resolver: Any) -> None:
        self.schema = schema
        self.resolver = resolver
        self.validator: Validator | None = None


class Compiled:
    """A root schema and its subschemas, each prepared when first needed."""

    def __init__(self, schema: Any, asking: bool = False) -> None:
        check_bounds(schema)
        self.schema = drafts.normalise(schema)
        if asking:
            drafts.without_filled(self.schema)
        self.draft = drafts.draft_of(schema)
        resource = self.draft.specification.create_resource(self.schema)
        registry: Registry[Any] = jsonschema_specifications.REGISTRY
        self._specification = self.draft.specification
        self._validator = self.draft.validator(self.schema, registry=registry)
        self._parts: dict[int, Part] = {}
        self._typed: dict[tuple[str, ...], Part] = {}
        self.root = self._keep(self.schema, registry.resolver_with_root(resource))
        self._is_one_resource = not any("$id" in node or "id" in node for node in walk(self.schema))
        if has_foreign(self.schema):
            check_references(self)

    @cached_property
    def names(self) -> frozenset[str]:
        """Return the names of all fields that the schema describes anywhere."""
        found: set[str] = set()
        stack = [self.schema]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack += node
            elif isinstance(node, dict):
                properties = node.get("properties")
                found.update(properties if isinstance(properties, dict) else ())
                stack += node.values()
        return frozenset(found)

    def _keep(self, schema: Any, resolver: Any) -> Part:
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = Part(schema, resolver)
        return part

    def sub(self, part: Part, schema: Any) -> Part:
        """Return the part for a subschema inside another."""
        known = self._parts.get(id(schema))
        if known is not None or not isinstance(schema, dict):
            return known or self._keep(schema, part.resolver)
        resource = self._specification.create_resource(schema)
        return self._keep(schema, part.resolver.in_subresource(resource))

    def typed(self, *names: str) -> Part:
        """Return a part that constrains nothing but the type."""
        if names not in self._typed:
            said = names[0] if len(names) == 1 else list(names)
            self._typed[names] = self.sub(self.root, {"type": said})
        return self._typed[names]

    def target(self, part: Part) -> Part | None:
        """Return what the part's reference points to, None without one."""
        for keyword in REFS:
            ref = part.schema.get(keyword)
            if isinstance(ref, str):
                return self._lookup(part, keyword, ref)
        return None

    def _lookup(self, part: Part, keyword: str, ref: str) -> Part:
        if self._is_one_resource and keyword == "$ref" and is_pointer(ref):
            contents = target(self.schema, ref)
            if isinstance(contents, dict | bool):
                return self._keep(contents, self.root.resolver)
        if keyword == "$recursiveRef":
            found = lookup_recursive_ref(part.resolver)
        else:
            found = part.resolver.lookup(ref)
        return self._keep(found.contents, found.resolver)

    def reference(self, part: Part) -> Part | None:
        """Like `target`, but ignore a reference that leads nowhere."""
        try:
            return self.target(part)
        except Unresolvable:
            return None

    def validator(self, part: Part) -> Validator:
        if part.validator is None:
            part.validator = self._validator.evolve(schema=part.schema, _resolver=part.resolver)
        return part.validator

    def valid(self, part: Part, value: Any) -> bool:
        """Return whether a value fits one part; one that takes too long to check does not."""
        outcome = bounded(lambda: next(self.validator(part).iter_errors(value), None) is None)
        return outcome is True

    def fits(self, parts: tuple[Part, ...], value: Any) -> bool:
        return all(self.valid(part, value) for part in parts)

    def problems(self, part: Part, value: Any) -> tuple[Problem, ...]:
        """Return every violation, worded without the value."""
        endless = tuple(numbers_without_end(value))
        if endless:
            return endless
        outcome = bounded(lambda: tuple(self.validator(part).iter_errors(value)))
        if isinstance(outcome, Problem):
            return (outcome,)
        return wording.problems(outcome)
