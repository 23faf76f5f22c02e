"""Fills objects: the fields that apply, as long as the answers change what applies."""

from collections import Counter, deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors_cli.forms.compiled import Part
from connectors_cli.forms.drafts import FILLED
from connectors_cli.forms.entries import ask_entries
from connectors_cli.forms.fields import Field, Fields
from connectors_cli.forms.hidden import ask_hidden, fill_hidden, is_hidden, keep_current
from connectors_cli.forms.place import ABSENT, Forget, Place, Walk, below
from connectors_cli.forms.shape import Shape, Union

if TYPE_CHECKING:
    from connectors_cli.forms.walker import Walker

OFTEN = 3
"""How often a field may come and go: one may be taken away by its own answer."""


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
        self.dropped: Counter[str] = Counter()
        self.picked: dict[tuple[int, str], Place] = {}
        self.conditional = walker.conditions.conditional(self.flat)
        self.least = shape.bound("minProperties") or 0
        self.passes = 0
        self.last = not self.conditional

    def run(self) -> Walk:
        """Ask for the fields, then for the entries, then for what is hidden."""
        self._keep_undescribed()
        yield from self._ask_fields()
        yield from self._ask_entries()
        yield from ask_hidden(self)
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
        """Drop the answer to a question that is gone; what was given stays."""
        self.box.pop(name, None)
        if isinstance(self.place.given, dict) and name in self.place.given:
            self.box[name] = self.place.given[name]
        self.settled.pop(name, None)
        self.dropped[name] += 1
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
            return self.dropped[field.name] < OFTEN
        if calm:
            return False
        required = self._required(view, field)
        missing = required and field.name not in self.box and not known[1]
        return missing or known[0] != tuple(map(id, field.sources))

    def _required(self, view: Fields, field: Field) -> bool:
        return field.name in view.required or self._needed(view)

    def _needed(self, view: Fields) -> bool:
        """Whether every field that is left has to be there for the object to have enough."""
        if len(self.box) >= self.least or not view.closed:
            return False
        left = sum(name not in self.settled for name in view.named)
        return len(self.box) + left <= self.least

    def _settle(self, view: Fields, field: Field) -> Walk:
        """Fill one field, or put it aside."""
        required = self._required(view, field)
        again = field.name in self.settled
        self.settled[field.name] = (tuple(map(id, field.sources)), required)
        spot = self.spot(field, required)
        if self._aside(view, field, spot):
            return
        if again:
            yield Forget(spot.path)
        yield from self.store(field, spot)

    def spot(self, field: Field, required: bool) -> Place:
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
            keep_current(self, spot)
            return True
        if field.name in view.forbidden or (field.name in self.place.barred and not spot.required):
            return True
        if not is_hidden(shape):
            return False
        if not spot.required:
            self.hidden[field.name] = field
            return True
        return fill_hidden(self, spot, shape)

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
        view = self.walker.fields.of(tuple(self.active()))
        if self.place.given is not ABSENT:
            return
        if view.open or (self.least > len(self.box) and not view.closed):
            yield from ask_entries(self, view, self.least)

    def active(self) -> list[Part]:
        """The parts that apply to the object as it is."""
        if not self.conditional:
            return self.flat
        return self.walker.conditions.active(self.flat, self._known(), frozenset()).parts

    def store(self, field: Field, spot: Place) -> Walk:
        value = yield from self._field(field, spot)
        if value is ABSENT:
            self.box.pop(field.name, None)
        else:
            self.box[field.name] = value
