"""Fills the entries of a map: names that are asked for, and their values."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors_cli.errors import Problem
from connectors_cli.forms.fields import Fields
from connectors_cli.forms.place import ABSENT, Place, Walk, below
from connectors_cli.forms.question import Kind

if TYPE_CHECKING:
    from connectors_cli.forms.objects import ObjectWalk

TAKEN = Problem((), "key", "is there already")
FORBIDDEN = Problem((), "additionalProperties", "is not a name that is allowed here")


def ask_entries(walk: "ObjectWalk", view: Fields, least: int) -> Walk:
    """Ask for entries until there are no more of them."""
    taken = dict.fromkeys(view.named)
    while (yield from _another(walk, taken, least)):
        key = yield _key(walk, taken)
        taken[key] = None
        yield from _entry(walk, key)


def _another(walk: "ObjectWalk", taken: dict[str, None], least: int) -> Walk:
    count = len(walk.box)
    most = walk.shape.bound("maxProperties")
    if most is not None and count >= most:
        return False
    if count < least:
        return True
    there = _next_key(walk, taken) is not None
    return (
        yield walk.walker.questions.ask(
            Kind.MORE, walk.place, walk.shape, count, count=count, default=there
        )
    )


def _next_key(walk: "ObjectWalk", taken: dict[str, None]) -> str | None:
    """The next name of an instance that is being edited."""
    current = walk.place.current if isinstance(walk.place.current, dict) else {}
    return next((key for key in current if key not in taken), None)


def _key(walk: "ObjectWalk", taken: dict[str, None]) -> Any:
    def check(key: str) -> tuple[Problem, ...]:
        return (TAKEN,) if key in taken else _problems(walk, key)

    count = len(walk.box)
    return walk.walker.questions.ask(
        Kind.KEY,
        replace(walk.place, required=True),
        walk.shape,
        count,
        count=count,
        default=_next_key(walk, taken),
        taken=tuple(taken),
        check=check,
    )


def _problems(walk: "ObjectWalk", key: str) -> tuple[Problem, ...]:
    """Why a name may not be used."""
    compiled = walk.walker.compiled
    for part in walk.active():
        names = part.schema.get("propertyNames")
        if isinstance(names, dict | bool):
            found = compiled.problems(compiled.sub(part, names), key)
            if found:
                return found
    return (FORBIDDEN,) if walk.walker.shapes.of(_sources(walk, key)).never else ()


def _sources(walk: "ObjectWalk", key: str) -> Any:
    sources = walk.walker.fields.sources(tuple(walk.active()), key)
    return tuple(source for _, source in sources)


def _entry(walk: "ObjectWalk", key: str) -> Walk:
    spot = Place(
        (*walk.place.path, key),
        _sources(walk, key),
        current=below(walk.place.current, key),
        secret=walk.walker.questions.secret(walk.place, walk.shape),
    )
    value = yield from walk.walker.fill(spot)
    if value is not ABSENT:
        walk.box[key] = value
