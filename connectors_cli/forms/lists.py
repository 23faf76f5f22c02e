"""Fills lists: choices where the items are listed, else one item after the other."""

from typing import TYPE_CHECKING, Any

from connectors_cli.errors import Problem
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.items import item_parts, positions
from connectors_cli.forms.place import ABSENT, Place, Walk, below
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import Shape

if TYPE_CHECKING:
    from connectors_cli.forms.walker import Walker

SHORT = frozenset({"contains", "minContains", "minItems"})
"""Rules that more items can still satisfy."""


def fill_list(walker: "Walker", place: Place, shape: Shape) -> Walk:
    """Ask for the items of a list."""
    if place.given is ABSENT:
        choices = _listed(walker, shape)
        if choices is not None:
            ask = walker.questions.value(Kind.CHOICES, place, shape, choices=choices)
            return list((yield ask) or ())
    items: list[Any] = []
    keys: set[str] = set()
    while (yield from _more(walker, place, shape, items)):
        spot = Place(
            (*place.path, len(items)),
            item_parts(walker.compiled, shape, len(items)),
            given=below(place.given, len(items)),
            current=below(place.current, len(items)),
            secret=walker.questions.secret(place, shape),
            others=keys,
        )
        item = yield from walker.fill(spot)
        if item is ABSENT:
            break
        items.append(item)
        if shape.unique:
            keys.add(canonical(item))
    return items


def _listed(walker: "Walker", shape: Shape) -> Any:
    if positions(walker.compiled, shape):
        return None
    return walker.options.of(walker.shapes.of(item_parts(walker.compiled, shape, 0))) or None


def _more(walker: "Walker", place: Place, shape: Shape, items: list[Any]) -> Walk:
    """Whether there is another item: asked where the schema leaves it open."""
    count = len(items)
    if place.given is not ABSENT:
        return count < len(place.given)
    longest = shape.bound("maxItems")
    parts = item_parts(walker.compiled, shape, count)
    if walker.shapes.of(parts).never or (longest is not None and count >= longest):
        return False
    if count < (shape.bound("minItems") or 0):
        return True

    def check(more: bool) -> tuple[Problem, ...]:
        found = () if more else walker.questions.problems(place, items)
        return tuple(problem for problem in found if problem.rule in SHORT)

    there = len(place.current) if isinstance(place.current, list) else 0
    return (
        yield walker.questions.ask(
            Kind.MORE, place, shape, count, count=count, default=count < there, check=check
        )
    )
