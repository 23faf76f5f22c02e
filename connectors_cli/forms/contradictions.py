"""Contradictions: places of a schema that no value satisfies, and branches that overlap."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Compiled, Part, located
from connectors_cli.forms.drafts import impossible
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import mapping
from connectors_cli.forms.shape import Shape
from connectors_cli.forms.tools import Tools

PAIRS = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minimum", "maximum"),
)
MOST_BRANCHES = 40
SILENT = frozenset(
    {"title", "description", "type", "required", "properties", "default", "examples"}
)
"""Keywords that are compared, or that say nothing about a value."""


def contradictions(schema: Any) -> tuple[Problem, ...]:
    """Return what in a schema no value can satisfy: the place, the keyword and why."""
    compiled = Compiled(schema)
    tools = Tools(compiled)
    found: dict[tuple[Any, ...], Problem] = {}
    for part, where in located(compiled):
        if isinstance(part.schema, dict) and not impossible(part.schema):
            path = tuple(where.split("/")[1:])
            for rule, message in _of_part(tools, part):
                found.setdefault((id(part.schema), rule), Problem((*path, rule), rule, message))
    return tuple(found.values())


def _of_part(tools: Tools, part: Part) -> Iterator[tuple[str, str]]:
    shape = tools.shapes.of((part,))
    if not shape.types and not any(impossible(one.schema) for one in shape.flat):
        yield "type", "allows no value: the types contradict each other"
    elif tools.options.of(shape) == ():
        yield _listing(shape), "allows no value: none of the values listed fits the other rules"
    yield from _bounds(shape)
    yield from _names(tools, shape)
    for union in shape.unions:
        if union.owner is part and union.keyword == "oneOf":
            yield from _overlaps(tools, union.branches)


def _listing(shape: Shape) -> str:
    return next((w for w in ("enum", "const") if shape.note(w) is not None), "oneOf")


def _bounds(shape: Shape) -> Iterator[tuple[str, str]]:
    for low, high in PAIRS:
        least, most = shape.bound(low), shape.bound(high)
        if least is not None and most is not None and least > most:
            yield low, f"allows no value: {low} {least} is above {high} {most}"


def _names(tools: Tools, shape: Shape) -> Iterator[tuple[str, str]]:
    if "object" not in shape.types or shape.unions:
        return
    view = tools.fields.of(tuple(shape.flat))
    for name in sorted(view.required - view.named.keys()):
        yield "required", f"allows no object: {name} is required and not allowed"


def _overlaps(tools: Tools, branches: tuple[Part, ...]) -> Iterator[tuple[str, str]]:
    """Branches all of whose values fit another one too: oneOf refuses them."""
    if len(branches) > MOST_BRANCHES:
        return
    labels = tools.unions.labels(branches)
    for (n, inner), (m, outer) in permutations(enumerate(branches), 2):
        if _fits_within(tools, inner, outer):
            yield "oneOf", f"{labels[n]} and {labels[m]} overlap: what fits the first fits both"
            return


def _fits_within(tools: Tools, inner: Part, outer: Part) -> bool:
    """Whether every value of one branch certainly fits the other."""
    one, other = tools.shapes.of((inner,)), tools.shapes.of((outer,))
    if not _comparable(one) or not _comparable(other) or not one.stated or not other.stated:
        return False
    if not set(one.types) <= _widened(other.types):
        return False
    return one.types != ("object",) or _object_within(one, other)


def _comparable(shape: Shape) -> bool:
    return len(shape.flat) == 1 and not shape.flat[0].schema.keys() - SILENT


def _widened(types: tuple[str, ...]) -> set[str]:
    return {*types, *(["integer"] if "number" in types else [])}


def _object_within(one: Shape, other: Shape) -> bool:
    (small,), (large,) = one.flat, other.flat
    mine, theirs = mapping(small, "properties"), mapping(large, "properties")
    needed = set(large.schema.get("required") or ()), set(small.schema.get("required") or ())
    if not needed[0] <= needed[1]:
        return False
    shared = theirs.keys() & mine.keys()
    if any(canonical(theirs[name]) != canonical(mine[name]) for name in shared):
        return False
    return not any(isinstance(sub, dict) and "const" in sub for sub in theirs.values())
