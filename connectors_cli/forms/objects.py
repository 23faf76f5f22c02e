"""Fills objects: the fields that apply, as long as the answers change what applies."""

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Part
from connectors_cli.forms.fields import Field, Fields
from connectors_cli.forms.place import ABSENT, Forget, Place, Walk, below
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import Shape, Union

if TYPE_CHECKING:
    from connectors_cli.forms.walker import Walker

HIDDEN = ("airbyte_hidden", "hidden", "x-hidden", "x-hidden-field", "readOnly")
FILLED = "x-filled-by"


class ObjectWalk:
    """One walk over the fields of one object."""

    def __init__(self, walker: "Walker", place: Place, shape: Shape) -> None:
        self.walker = walker
        self.place = place
        self.shape = shape
        self.flat = list(shape.flat)
        self.box: dict[str, Any] = {}
        self.settled: dict[str, tuple[Any, ...]] = {}
        self.hidden: dict[str, Field] = {}
        self.picked: dict[tuple[int, str], Place] = {}
        self.conditional = walker.conditions.conditional(self.flat)
        self.passes = 0
        self.last = not self.conditional

    def run(self) -> Walk:
        """Ask for the fields, then for the entries, then for what is hidden."""
        self._keep_undescribed()
        yield from self._ask_fields()
        yield from self._ask_entries()
        yield from self._ask_hidden()
        return self.box

    def _keep_undescribed(self) -> None:
        """What is given and not described stays as it is."""
        if isinstance(self.place.given, dict):
            named = self.walker.fields.of(tuple(self.flat)).named
            self.box.update(
                (name, value) for name, value in self.place.given.items() if name not in named
            )

    def _ask_fields(self) -> Walk:
        while True:
            view = yield from self._view()
            queue = self._queue(view)
            if not queue and self.last:
                return
            self.last = self.last or not queue
            while queue:
                yield from self._settle(view, queue.popleft())
                if self.conditional:
                    break

    def _view(self) -> Walk:
        """The fields that apply now; drops the answers to those that do not any more."""
        if not self.conditional:
            return self.walker.fields.of(tuple(self.flat))
        waiting = self._waiting()
        active = self.walker.conditions.active(self.flat, self._known(), waiting)
        for union in active.unions:
            yield from self._pick(union, active.parts)
        view = self._with_triggers(self.walker.fields.of(tuple(active.parts)), active.parts)
        if active.required - view.required:
            view = replace(view, required=view.required | active.required)
        for name in [name for name in self.box if name in self.settled and name not in view.named]:
            yield from self._drop(name)
        return view

    def _with_triggers(self, view: Fields, parts: list[Part]) -> Fields:
        """The fields, and those that only conditions speak of."""
        if view.closed:
            return view
        triggers = self.walker.conditions.triggers(parts, frozenset(view.named))
        if not triggers:
            return view
        extra = {name: Field(name, parts_, (), 0, False) for name, parts_ in triggers.items()}
        return replace(view, named={**extra, **view.named})

    def _known(self) -> dict[str, Any]:
        given = self.place.given if isinstance(self.place.given, dict) else {}
        return {**given, **self.box}

    def _waiting(self) -> frozenset[str]:
        if self.last:
            return frozenset()
        base = self.walker.fields.of(tuple(self.flat))
        named = self._with_triggers(base, self.flat).named
        return frozenset(named) - self.settled.keys() - self._known().keys() - self.hidden.keys()

    def _pick(self, union: Union, parts: list[Any]) -> Walk:
        """Settle a union that a condition opened."""
        key = union.key
        self.picked.pop(key, None)
        place = replace(self.place, parts=(*self.place.parts, *parts), required=True)
        branches = self.walker.unions.possible(place.parts, union)
        known = self._known()
        fitting = [
            branch
            for branch in branches
            if self.walker.unions.consistent(self.walker.shapes.of((branch,)), known)
        ]
        if not fitting:
            return
        narrowed = Union(union.owner, union.keyword, tuple(fitting))
        picked = yield from self.walker.pick(place, narrowed)
        if picked is not None:
            self.picked[key] = picked
            new = self.walker.shapes.of((picked.chosen[-1],)).flat
            parts += [part for part in new if part not in parts]

    def _drop(self, name: str) -> Walk:
        self.box.pop(name, None)
        self.settled.pop(name, None)
        yield Forget((*self.place.path, name), gone=True)

    def _queue(self, view: Fields) -> deque[Field]:
        """The fields still to settle: required ones first, then by their order."""
        self.passes += 1
        calm = self.passes > 4 * len(view.named) + 20
        ready = [
            (not self._required(view, field), field.order, index, field)
            for index, field in enumerate(view.named.values())
            if self._open(view, field, calm)
        ]
        return deque(entry[3] for entry in sorted(ready, key=lambda entry: entry[:3]))

    def _open(self, view: Fields, field: Field, calm: bool) -> bool:
        known = self.settled.get(field.name)
        if known is None:
            return True
        if calm:
            return False
        required = self._required(view, field)
        missing = required and field.name not in self.box and not known[1]
        return missing or known[0] != tuple(map(id, field.sources))

    def _required(self, view: Fields, field: Field) -> bool:
        return field.name in view.required

    def _settle(self, view: Fields, field: Field) -> Walk:
        """Fill one field, or put it aside."""
        required = self._required(view, field)
        again = field.name in self.settled
        self.settled[field.name] = (tuple(map(id, field.sources)), required)
        spot = self._spot(field, required)
        if self._aside(view, field, spot):
            return
        if again:
            yield Forget(spot.path)
        yield from self._store(field, spot)

    def _spot(self, field: Field, required: bool) -> Place:
        secret = field.secret or self.walker.questions.secret(self.place, self.shape)
        return Place(
            (*self.place.path, field.name),
            field.sources,
            required,
            below(self.place.given, field.name),
            below(self.place.current, field.name),
            secret,
        )

    def _aside(self, view: Fields, field: Field, spot: Place) -> bool:
        """Whether a field is not asked for now: filled elsewhere, forbidden or hidden."""
        if spot.given is not ABSENT:
            return False
        shape = self.walker.shapes.of(field.sources)
        if shape.note(FILLED) is not None:
            self._keep_current(spot)
            return True
        if field.name in view.forbidden:
            return True
        if not any(shape.note(word) is True for word in HIDDEN):
            return False
        if not spot.required:
            self.hidden[field.name] = field
            return True
        return self._from_default(spot, shape)

    def _from_default(self, spot: Place, shape: Shape) -> bool:
        """Fill a required field that is hidden with its default, if it has one."""
        value = spot.current if spot.current is not ABSENT else shape.note("default")
        if value is None or self.walker.questions.problems(spot, value):
            return False
        self.box[str(spot.path[-1])] = value
        return True

    def _keep_current(self, spot: Place) -> None:
        if spot.current is not ABSENT:
            self.box[str(spot.path[-1])] = spot.current

    def _field(self, field: Field, spot: Place) -> Walk:
        """Fill a field; a constant of the branch that was chosen is written, asked or not."""
        if spot.given is ABSENT and self._chosen(field):
            choices = self.walker.options.of(self.walker.shapes.of(field.sources))
            if choices is not None and len(choices) == 1:
                return choices[0].value
        return (yield from self.walker.fill(spot))

    def _chosen(self, field: Field) -> bool:
        flat = [p for part in self.place.chosen for p in self.walker.shapes.of((part,)).flat]
        flat += [
            p
            for place in self.picked.values()
            for p in self.walker.shapes.of((place.chosen[-1],)).flat
        ]
        return any(owner in flat for owner in field.owners)

    def _ask_entries(self) -> Walk:
        """Ask for entries besides the named fields, where the schema describes them."""
        view = self.walker.fields.of(tuple(self._active()))
        least = self.shape.bound("minProperties") or 0
        if self.place.given is ABSENT and (view.open or least > len(view.named)):
            yield from self._entries(view, least)

    def _entries(self, view: Fields, least: int) -> Walk:
        taken = set(view.named)
        while (yield from self._another(least)):
            key = yield self._key(view, taken)
            taken.add(key)
            yield from self._entry(key)

    def _active(self) -> list[Any]:
        if not self.conditional:
            return self.flat
        return self.walker.conditions.active(self.flat, self._known(), frozenset()).parts

    def _another(self, least: int) -> Walk:
        count = len(self.box)
        most = self.shape.bound("maxProperties")
        if most is not None and count >= most:
            return False
        if count < least:
            return True
        there = self._next_key(set(self.box)) is not None
        return (
            yield self.walker.questions.ask(
                Kind.MORE, self.place, self.shape, count, count=count, default=there
            )
        )

    def _next_key(self, taken: set[str]) -> str | None:
        current = self.place.current if isinstance(self.place.current, dict) else {}
        return next((key for key in current if key not in taken), None)

    def _key(self, view: Fields, taken: set[str]) -> Any:
        def check(key: str) -> tuple[Problem, ...]:
            return self._key_problems(key, taken)

        count = len(self.box)
        return self.walker.questions.ask(
            Kind.KEY,
            replace(self.place, required=True),
            self.shape,
            count,
            count=count,
            default=self._next_key(taken),
            taken=tuple(taken),
            check=check,
        )

    def _key_problems(self, key: str, taken: set[str]) -> tuple[Problem, ...]:
        if key in taken:
            return (Problem((), "key", "is there already"),)
        compiled = self.walker.compiled
        for part in self.flat:
            names = part.schema.get("propertyNames")
            if names is not None:
                found = compiled.problems(compiled.sub(part, names), key)
                if found:
                    return found
        sources = self.walker.fields.sources(tuple(self._active()), key)
        if self.walker.shapes.of(tuple(source for _, source in sources)).never:
            return (Problem((), "additionalProperties", "is not a name that is allowed here"),)
        return ()

    def _entry(self, key: str) -> Walk:
        sources = self.walker.fields.sources(tuple(self._active()), key)
        spot = Place(
            (*self.place.path, key),
            tuple(source for _, source in sources),
            current=below(self.place.current, key),
        )
        value = yield from self.walker.fill(spot)
        if value is not ABSENT:
            self.box[key] = value

    def _ask_hidden(self) -> Walk:
        """Offer what is hidden, and what is allowed but not described, in one question."""
        fields = {name: field for name, field in self.hidden.items() if name not in self.box}
        view = self.walker.fields.of(tuple(self._active()))
        more = self._undescribed(view)
        if not fields and not more:
            return
        place = replace(self.place, required=False, secret=False)
        opened = yield self.walker.questions.ask(
            Kind.INCLUDE, place, self.shape, "hidden", default=False, hidden=True, secret=False
        )
        for field in fields.values():
            spot = self._spot(field, required=False)
            if opened:
                yield from self._store(field, spot)
            else:
                self._keep_current(spot)
        if opened and more:
            yield from self._entries(view, 0)

    def _undescribed(self, view: Fields) -> bool:
        """Whether the object may hold fields that the schema describes in other places only."""
        if self.place.given is not ABSENT or view.open or view.closed:
            return False
        return not self.walker.compiled.names <= view.named.keys() | view.forbidden

    def _store(self, field: Field, spot: Place) -> Walk:
        value = yield from self._field(field, spot)
        if value is ABSENT:
            self.box.pop(field.name, None)
        else:
            self.box[field.name] = value
