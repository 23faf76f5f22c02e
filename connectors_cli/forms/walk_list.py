"""The walk over a list: choices where the items are listed, else one item after the other."""

from collections.abc import Callable
from typing import Any

from connectors_cli.forms.equality import canonical
from connectors_cli.forms.paths import ABSENT, below
from connectors_cli.forms.place import Ask, Fill, Judge, Place, Problems, Walk
from connectors_cli.forms.question import Kind
from connectors_cli.forms.question_builder import REPEATED
from connectors_cli.forms.shape import Shape, item_parts, positions
from connectors_cli.forms.tools import Tools

SHORT = frozenset({"contains", "minContains", "minItems"})
"""Rules that more items can still satisfy."""
OPEN = 64
"""Items without a value after which a list ends: it may have to have more than anybody looks at."""


def fill_list(tools: Tools, fill: Fill, place: Place, shape: Shape) -> Walk:
    """Ask for the items of a list, and return them."""
    if place.given is ABSENT:
        choices = _listed(tools, shape)
        if choices is not None:
            ask = tools.questions.value(Kind.CHOICES, place, shape, choices=choices)
            return list((yield ask) or ())
    items: list[Any] = []
    keys: set[str] = set()
    empty = 0
    secret = tools.questions.secret(place, shape)
    while (yield from _more(tools, place, shape, items)):
        spot = item_place(tools, place, shape, len(items), frozenset(keys), secret)
        item = yield from fill(spot)
        empty += item is ABSENT
        if empty > OPEN:
            break
        if shape.unique and item is not ABSENT:
            key = canonical(item)
            if key in keys:
                yield Judge(spot.path, _repeated)
            keys.add(key)
        items.append(None if item is ABSENT else item)
    if shape.crosses or empty:
        yield Judge(place.path, lambda: tools.questions.problems(place, items))
    return items


def _repeated() -> Problems:
    return (REPEATED,)


def item_place(
    tools: Tools, place: Place, shape: Shape, index: int, keys: frozenset[str], secret: bool
) -> Place:
    """Return the place of an item of a list; `keys` are of those that it must differ from."""
    return Place(
        (*place.path, index),
        item_parts(tools.compiled, shape, index),
        given=below(place.given, index),
        current=below(place.current, index),
        secret=secret,
        others=keys,
        steady=place.steady and not shape.unique and not shape.contains,
    )


def _listed(tools: Tools, shape: Shape) -> Any:
    if positions(tools.compiled, shape):
        return None
    choices = tools.options.of(tools.shapes.of(item_parts(tools.compiled, shape, 0)))
    return choices or None


def _more(tools: Tools, place: Place, shape: Shape, items: list[Any]) -> Walk:
    """Ask whether there is another item, where the schema leaves it open."""
    count = len(items)
    if place.given is not ABSENT:
        return count < len(place.given)
    longest = shape.bound("maxItems")
    parts = item_parts(tools.compiled, shape, count)
    if tools.shapes.of(parts).never or (longest is not None and count >= longest):
        return False
    if count < (shape.bound("minItems") or 0):
        return True

    def check(more: bool) -> Problems:
        if more or not shape.contains:
            return ()
        found = tools.questions.problems(place, items)
        return tuple(problem for problem in found if problem.rule in SHORT)

    return (yield more_ask(tools, place, shape, count, check))


def more_ask(
    tools: Tools,
    place: Place,
    shape: Shape,
    count: int,
    check: Callable[[bool], Problems] | None = None,
) -> Ask:
    """Return the question whether a list has another item after so many."""
    there = len(place.current) if isinstance(place.current, list) else 0
    return tools.questions.ask(
        Kind.MORE, place, shape, count, count=count, default=count < there, check=check
    )
