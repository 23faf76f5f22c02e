"""Walks a schema and asks for what fills it: one place after the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.conditions import Conditions
from connectors_cli.forms.coverage import Coverage
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import FieldMaker, excluded, strings
from connectors_cli.forms.lists import fill_list
from connectors_cli.forms.objects import ObjectWalk
from connectors_cli.forms.options import Options
from connectors_cli.forms.place import ABSENT, Place, Walk
from connectors_cli.forms.question import Choice, Kind
from connectors_cli.forms.questions import Questions
from connectors_cli.forms.shape import ALL_TYPES, Shape, Shapes, Union
from connectors_cli.forms.unions import Unions

SCALARS = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}
BARE = {"required"}
DEEPEST = 48
"""Levels of a document that are asked for one by one; what is below is asked for as JSON."""


class Walker:
    """Everything that a walk over one schema needs."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.shapes = Shapes(compiled)
        self.options = Options(compiled, self.shapes)
        self.fields = FieldMaker(compiled)
        self.conditions = Conditions(compiled, self.shapes)
        self.coverage = Coverage(compiled, self.shapes, self.fields, self.conditions)
        self.unions = Unions(compiled, self.shapes, self.options, self.coverage)
        self.questions = Questions(compiled)

    def fill(self, place: Place) -> Walk:
        """Ask for the value of a place, and return it."""
        shape = self.shapes.of(place.parts)
        choices = self.options.of(shape)
        if shape.never or choices == ():
            return place.given
        if choices is not None:
            return (yield from self._choose(place, shape, choices))
        union = self._open_union(place, shape)
        if union is not None:
            picked = yield from self.pick(place, union)
            return place.given if picked is None else (yield from self.fill(picked))
        return (yield from self._fill_one(place, shape))

    def _fill_one(self, place: Place, shape: Shape) -> Walk:
        """Fill a place of which the type is known."""
        kind = shape.types[0]
        if len(place.path) > DEEPEST:
            kind = "any"
        if kind in ("object", "array") and place.given is ABSENT and not place.required:
            if not (yield self._include(place, shape)):
                return ABSENT
            place = replace(place, required=True)
        if kind == "object" and isinstance(place.given, dict | type(ABSENT)):
            return (yield from ObjectWalk(self, place, shape).run())
        if kind == "array" and isinstance(place.given, list | type(ABSENT)):
            return (yield from fill_list(self, place, shape))
        if place.given is not ABSENT:
            return place.given
        return (yield from self._fill_plain(kind, place, shape))

    def _fill_plain(self, kind: str, place: Place, shape: Shape) -> Walk:
        """Fill a place with a scalar, a null, or what nothing describes."""
        if kind == "null":
            wanted = place.required or (yield self._include(place, shape))
            return None if wanted else ABSENT
        if kind not in SCALARS and not place.required and self._may_be_null(place):
            if not (yield self._include(place, shape)):
                return ABSENT
            place = replace(place, required=True)
        return (yield from self._value(SCALARS.get(kind, Kind.JSON), place, shape))

    def _may_be_null(self, place: Place) -> bool:
        """Whether null fits: then whether there is a value at all is a question of its own."""
        return not self.questions.problems(place, None)

    def _include(self, place: Place, shape: Shape) -> Any:
        there = place.current is not ABSENT
        return self.questions.ask(Kind.INCLUDE, place, shape, default=there)

    def _value(self, kind: Kind, place: Place, shape: Shape, **extra: Any) -> Walk:
        value = yield self.questions.value(kind, place, shape, **extra)
        return ABSENT if value is None and not _nothing(kind, place) else value

    def _choose(self, place: Place, shape: Shape, choices: tuple[Choice, ...]) -> Walk:
        if place.given is not ABSENT:
            return place.given
        if len(choices) == 1 and place.required:
            return choices[0].value
        if not any(choice.value is None for choice in choices):
            return (yield from self._value(Kind.CHOICE, place, shape, choices=choices))
        indexed = tuple(
            replace(choice, value=index, fits=_equals(choice.value))
            for index, choice in enumerate(choices)
        )
        offered = place.current
        if offered is ABSENT and shape.note("default") is not None:
            offered = shape.note("default")
        default = next((choice.value for choice in indexed if choice.fits(offered)), None)
        index = yield self.questions.ask(
            Kind.BRANCH, place, shape, "enum", choices=indexed, default=default
        )
        return ABSENT if index is None else choices[index].value

    def _open_union(self, place: Place, shape: Shape) -> Union | None:
        """The next union that is not settled; a list of types is one too."""
        for union in shape.unions:
            if union.key not in place.settled:
                return union
        return self._open_types(place, shape)

    def _open_types(self, place: Place, shape: Shape) -> Union | None:
        names = shape.types
        if len(names) > 1:
            return Union(shape.parts[0], "type", tuple(map(self.compiled.typed, names)))
        if shape.stated or names == ("any",) or not place.path:
            return None
        others = tuple(name for name in ALL_TYPES if name not in (*names, "integer"))
        branches = (self.compiled.typed(*names), self.compiled.typed(*others))
        return Union(shape.parts[0], "type", branches, unlikely=True)

    def pick(self, place: Place, union: Union) -> Any:
        """Ask which branch it is to be, unless that is known; None when it is skipped."""
        branches = self.unions.possible(place.parts, union)
        left = self._left(place, union, branches)
        if len(left) == 1:
            return replace(_into(place, union, branches[left[0]]), required=place.required)
        if not branches:
            return None
        shape = self.shapes.of(place.parts)
        mark = (union.keyword, *map(id, branches))
        ask = self.questions.ask(
            Kind.BRANCH,
            place,
            shape,
            mark,
            choices=self.unions.choices(place, union, branches),
            default=self._default(place, union, branches),
            hidden=union.unlikely,
        )
        index = yield ask
        if index is None:
            return None
        picked = _into(place, union, branches[index])
        return replace(picked, required=place.required) if union.unlikely else picked

    def _left(self, place: Place, union: Union, branches: tuple[Part, ...]) -> list[int]:
        """The branches still to choose from, given what is known of the value."""
        if len(branches) == 1:
            return [0]
        kept = self._kept_anyway(place, union, branches)
        if kept is not None:
            return [kept]
        if place.given is ABSENT:
            return list(range(len(branches)))
        found = self.unions.belongs(place, union, branches, place.given)
        return found[:1] or self.unions.nearest(place, union, branches, place.given)

    def _kept_anyway(self, place: Place, union: Union, branches: tuple[Part, ...]) -> int | None:
        """A branch of anyOf that asks only for names which are required anyway."""
        if union.keyword != "anyOf":
            return None
        required = self.fields.of(tuple(self.shapes.of(place.parts).flat)).required
        for index, branch in enumerate(branches):
            bare = isinstance(branch.schema, dict) and set(branch.schema) == BARE
            names = strings(branch.schema["required"]) if bare else []
            if names and required.issuperset(names):
                return index
        return None

    def _default(self, place: Place, union: Union, branches: tuple[Part, ...]) -> int | None:
        """The branch of what is there, else of the schema's default."""
        usual = 0 if union.unlikely else None
        value = place.current
        if value is ABSENT:
            value = self.shapes.of(place.parts).note("default")
            if value is None:
                return usual
        found = self.unions.nearest(place, union, branches, value)
        return found[0] if found else usual


def _into(place: Place, union: Union, branch: Part) -> Place:
    """The place once a branch is chosen; of oneOf, what only another branch needs is barred."""
    others = [other for other in union.branches if other is not branch and union.keyword == "oneOf"]
    return replace(
        place,
        parts=(*place.parts, branch),
        chosen=(*place.chosen, branch),
        barred=place.barred.union(*(excluded(other.schema) for other in others)),
        settled=place.settled | {union.key},
        required=True,
    )


def _nothing(kind: Kind, place: Place) -> bool:
    """Whether None is the value null here, rather than no answer."""
    return kind is Kind.JSON and place.required


def _equals(constant: Any) -> Callable[[Any], bool]:
    key = canonical(constant)
    return lambda value: value is not ABSENT and canonical(value) == key
