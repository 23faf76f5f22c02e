"""What a schema hides from people, or allows without describing it: offered in one question."""

from typing import TYPE_CHECKING

from connectors_cli.forms.entries import ask_entries
from connectors_cli.forms.fields import Field, Fields
from connectors_cli.forms.place import ABSENT, Place, Walk
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import Shape

if TYPE_CHECKING:
    from connectors_cli.forms.objects import ObjectWalk

MARKS = ("airbyte_hidden", "hidden", "x-hidden", "x-hidden-field", "ui:hidden", "readOnly")


def is_hidden(shape: Shape) -> bool:
    """Whether a field is not meant for people to fill in."""
    return any(shape.note(mark) is True for mark in MARKS)


def keep_current(walk: "ObjectWalk", spot: Place) -> None:
    """Leave what is there as it is."""
    if spot.current is not ABSENT:
        walk.box[str(spot.path[-1])] = spot.current


def fill_hidden(walk: "ObjectWalk", spot: Place, shape: Shape) -> bool:
    """Fill a required field that is hidden from what is there or its default, if that is enough."""
    value = spot.current if spot.current is not ABSENT else shape.note("default")
    if value is None or walk.walker.questions.problems(spot, value):
        return False
    walk.box[str(spot.path[-1])] = value
    return True


def ask_hidden(walk: "ObjectWalk") -> Walk:
    """Offer hidden fields, and entries that nothing describes, behind one question."""
    fields = [field for name, field in walk.hidden.items() if name not in walk.box]
    view = walk.walker.fields.of(tuple(walk.active()))
    more = _undescribed(walk, view)
    if not fields and not more:
        _keep_others(walk, view)
        return
    opened = yield walk.walker.questions.ask(
        Kind.INCLUDE,
        walk.place,
        walk.shape,
        "hidden",
        required=False,
        secret=False,
        default=False,
        hidden=True,
    )
    yield from _fill(walk, fields, opened)
    if opened and more:
        yield from ask_entries(walk, view, 0)
    else:
        _keep_others(walk, view)


def _keep_others(walk: "ObjectWalk", view: Fields) -> None:
    """Leave what is there and nobody can be asked for as it is."""
    current = walk.place.current
    if isinstance(current, dict) and not view.open and not view.closed:
        others = {name: value for name, value in current.items() if name not in view.named}
        walk.box.update((name, value) for name, value in others.items() if name not in walk.box)


def _fill(walk: "ObjectWalk", fields: list[Field], opened: bool) -> Walk:
    for field in fields:
        spot = walk.spot(field, required=False)
        if opened:
            yield from walk.store(field, spot)
        else:
            keep_current(walk, spot)


def _undescribed(walk: "ObjectWalk", view: Fields) -> bool:
    """Whether an object may hold fields that the schema describes in other places only."""
    if walk.place.given is not ABSENT or view.open or view.closed:
        return False
    return not walk.walker.compiled.names <= view.named.keys() | view.forbidden
