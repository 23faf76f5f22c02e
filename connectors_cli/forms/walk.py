"""The walk over a schema: it asks for what fills a document, one place after the other."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors_cli.forms.compiled import Part
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.exclusions import never_together
from connectors_cli.forms.fields import strings
from connectors_cli.forms.paths import ABSENT
from connectors_cli.forms.place import Ask, Judge, Place, Walk
from connectors_cli.forms.question import Choice, Kind
from connectors_cli.forms.question_builder import takes_number
from connectors_cli.forms.shape import ALL_TYPES, Shape, Union
from connectors_cli.forms.tools import Tools
from connectors_cli.forms.walk_list import fill_list
from connectors_cli.forms.walk_object import ObjectWalk

SCALARS = {
    "string": Kind.TEXT,
    "integer": Kind.INTEGER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
}
TYPED = frozenset(("string", "integer", "number"))
BARE = {"required"}
DEEPEST = 48
"""Levels of a document that are asked for one by one; what is below is asked for as JSON."""


class Walker:
    """Walks over places: generators of questions that return a place's value."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.compiled = tools.compiled
        self.shapes = tools.shapes
        self.unions = tools.unions
        self.questions = tools.questions

    def fill(self, place: Place) -> Walk:
        """Ask for the value of a place, and return it."""
        shape = self.shapes.of(place.parts)
        choices = self.tools.options.of(shape)
        if shape.never or choices == ():
            return place.given
        if choices is not None:
            return (yield from self._choose(place, shape, choices))
        union = None if takes_number(shape) else self._open_union(place, shape)
        if union is None:
            return (yield from self._fill_one(place, shape))
        picked = yield from self.pick(place, union)
        if picked is not None:
            return (yield from self.fill(picked))
        return None if _keeps_null(place) else place.given

    def _fill_one(self, place: Place, shape: Shape) -> Walk:
        """Fill a place of which the type is known."""
        kind = "string" if takes_number(shape) else shape.types[0]
        if len(place.path) > DEEPEST:
            kind = "any"
        if kind in ("object", "array") and place.given is ABSENT and not place.required:
            if not (yield self._include(place, shape)):
                return None if _keeps_null(place) else ABSENT
            place = replace(place, required=True)
        if kind == "object" and isinstance(place.given, dict | type(ABSENT)):
            return (yield from ObjectWalk(self.tools, self.fill, self.pick, place, shape).run())
        if kind == "array" and isinstance(place.given, list | type(ABSENT)):
            return (yield from fill_list(self.tools, self.fill, place, shape))
        if place.given is not ABSENT:
            return place.given
        return (yield from self._fill_plain(kind, place, shape))

    def _fill_plain(self, kind: str, place: Place, shape: Shape) -> Walk:
        """Fill a place with a scalar, a null, or what nothing describes."""
        if kind == "null":
            if not place.required and not (yield self._include(place, shape)):
                return ABSENT
            yield Judge(place.path, lambda: self.questions.problems(place, None))
            return None
        if kind not in SCALARS and not place.required and self._may_be_null(place):
            if not (yield self._include(place, shape)):
                return ABSENT
            place = replace(place, required=True)
        return (yield from self._value(SCALARS.get(kind, Kind.JSON), place, shape))

    def _may_be_null(self, place: Place) -> bool:
        """Whether null fits: then whether there is a value at all is a question of its own."""
        return not self.questions.problems(place, None)

    def _include(self, place: Place, shape: Shape) -> Ask:
        there = place.current is not ABSENT and not _keeps_null(place)
        return self.questions.ask(Kind.INCLUDE, place, shape, default=there)

    def _value(self, kind: Kind, place: Place, shape: Shape, **extra: Any) -> Walk:
        value = yield self.questions.value(kind, place, shape, **extra)
        return ABSENT if value is None and not _nothing(kind, place) else value

    def _choose(self, place: Place, shape: Shape, choices: tuple[Choice, ...]) -> Walk:
        if place.given is not ABSENT:
            return place.given
        if len(choices) == 1 and place.required:
            return choices[0].value
        if len(choices) == 1 and _is_label(choices[0].value):
            return (yield from self._constant(place, shape, choices))
        if not any(choice.value is None for choice in choices):
            return (yield from self._value(Kind.CHOICE, place, shape, choices=choices))
        return (yield from self._choose_or_null(place, shape, choices))

    def _constant(self, place: Place, shape: Shape, choices: tuple[Choice, ...]) -> Walk:
        """Write an optional constant where its object is new: nobody needs to be asked."""
        written = place.fresh or place.current is not ABSENT
        default = choices[0].value if written else None
        value = yield self.questions.ask(
            Kind.CHOICE, place, shape, choices=choices, hidden=True, default=default
        )
        return ABSENT if value is None else value

    def _choose_or_null(self, place: Place, shape: Shape, choices: tuple[Choice, ...]) -> Walk:
        """Ask for one of several values, null among them."""
        indexed = tuple(
            replace(choice, value=index, fits=_equals(choice.value))
            for index, choice in enumerate(choices)
        )
        offered = place.current
        if offered is ABSENT and shape.note("default") is not None:
            offered = shape.note("default")
        default = next((choice.value for choice in indexed if choice.fits(offered)), None)
        index = yield self.questions.ask(
            Kind.BRANCH,
            place,
            shape,
            "enum",
            choices=indexed,
            default=default,
            tokens=tuple(canonical(choice.value) for choice in choices),
        )
        return ABSENT if index is None else choices[index].value

    def _open_union(self, place: Place, shape: Shape) -> Union | None:
        """The next union that is not settled; a list of types is one too."""
        for union in shape.unions:
            if union.key not in place.settled:
                return union
        return self._open_types(place, shape) or self._open_names(place, shape)

    def _open_types(self, place: Place, shape: Shape) -> Union | None:
        names = shape.types
        if len(names) > 1:
            return Union(shape.parts[0], "type", tuple(map(self.compiled.typed, names)))
        if shape.stated or names == ("any",) or not place.path:
            return None
        others = tuple(name for name in ALL_TYPES if name not in (*names, "integer"))
        branches = (self.compiled.typed(*names), self.compiled.typed(*others))
        return Union(shape.parts[0], "type", branches, unlikely=True)

    def _open_names(self, place: Place, shape: Shape) -> Union | None:
        """Which of its fields an object has that needs one and does not say which."""
        if shape.types != ("object",) or place.given not in (ABSENT, {}):
            return None
        union = self.tools.names.of(shape)
        return None if union is None or union.key in place.settled else union

    def pick(self, place: Place, union: Union) -> Any:
        """Ask which branch it is to be, unless that is known; None when it is skipped."""
        branches = self.unions.possible(place.parts, union)
        left = self._left(place, union, branches)
        if len(left) == 1:
            return replace(_into(place, union, branches[left[0]]), required=place.required)
        if not branches:
            return None
        other = self.unions.beside_null(branches)
        unasked = other is not None and self._may_go_unasked(place, branches[other])
        index = yield self._branch(place, union, branches, other if unasked else None)
        if index is None:
            return None
        picked = _into(place, union, branches[index])
        if unasked and index == other:
            return replace(picked, required=place.required, null_parts=place.parts)
        return replace(picked, required=place.required) if union.unlikely else picked

    def _branch(
        self, place: Place, union: Union, branches: tuple[Part, ...], usual: int | None
    ) -> Ask:
        """The question for a branch; a `usual` one is chosen unseen."""
        ids = tuple(id(branch.schema) for branch in branches)
        whole = tuple(map(id, union.branches)) if union.keyword == "type" else ()
        return self.questions.ask(
            Kind.BRANCH,
            place,
            self.shapes.of(place.parts),
            (*union.key, *whole),
            choices=lambda: self.unions.choices(place, union, branches),
            default=usual if usual is not None else self._default(place, union, branches),
            hidden=union.unlikely or usual is not None,
            tokens=ids,
            nearest=lambda value: self.unions.nearest(place, union, branches, value),
        )

    def _may_go_unasked(self, place: Place, other: Part) -> bool:
        """Whether "a value or null" is asked as one question, that for the value."""
        types = self.shapes.of((other,)).types
        return not place.required or (len(types) == 1 and types[0] in TYPED)

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
        required = self.tools.fields.of(tuple(self.shapes.of(place.parts).flat)).required
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
    others = [other for other in union.branches if other is not branch and union.exclusive]
    return replace(
        place,
        parts=(*place.parts, branch),
        chosen=(*place.chosen, branch),
        barred=place.barred.union(*(never_together(other.schema) for other in others)),
        settled=place.settled | {union.key},
        required=True,
    )


def _nothing(kind: Kind, place: Place) -> bool:
    """Whether None is the value null here, rather than no answer."""
    return (place.required and (kind is Kind.JSON or place.nullable)) or _keeps_null(place)


def _keeps_null(place: Place) -> bool:
    """Whether no answer leaves the null that is there."""
    return place.nullable and place.current is None and not place.required


def _is_label(value: Any) -> bool:
    """Whether a constant names something; true and null are answers, and asked for."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _equals(constant: Any) -> Callable[[Any], bool]:
    key = canonical(constant)
    return lambda value: value is not ABSENT and canonical(value) == key
