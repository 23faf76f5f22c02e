"""The walk over an object: the fields that apply, as long as the answers change what applies."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from connectors_cli.forms.compiled import Part
from connectors_cli.forms.conditions import Active
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import Field, Fields
from connectors_cli.forms.paths import ABSENT, below
from connectors_cli.forms.place import Fill, Forget, Judge, Place, Problems, Walk
from connectors_cli.forms.plain_schema import FILLED
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import Shape, Union
from connectors_cli.forms.tools import Tools
from connectors_cli.forms.walk_map import MapWalk

MARKS = ("airbyte_hidden", "hidden", "x-hidden", "x-hidden-field", "ui:hidden", "readOnly")
OFTEN = 3
"""How often a field may come and go: one may be taken away by its own answer."""
Pick = Callable[[Place, Union], Any]


class ObjectWalk:
    """One walk over the fields of one object."""

    def __init__(self, tools: Tools, fill: Fill, pick: Pick, place: Place, shape: Shape) -> None:
        self.tools = tools
        self.fill = fill
        self.pick = pick
        self.place = place
        self.shape = shape
        self.flat = list(shape.flat)
        self.box: dict[str, Any] = {}
        self.settled: dict[str, tuple[Any, ...]] = {}
        self.hidden: dict[str, Field] = {}
        self.dropped: Counter[str] = Counter()
        self.picked: dict[tuple[int, str], Place] = {}
        self.conditional = tools.conditions.conditional(self.flat)
        self.secret = tools.questions.secret(place, shape)
        self.least = shape.bound("minProperties") or 0
        self.passes = 0
        self.last = not self.conditional
        self.needed: frozenset[str] = frozenset()
        self.parts = self.flat
        self.decisive: frozenset[str] = frozenset()

    def run(self) -> Walk:
        """Ask for the fields, then for the entries, then for what is hidden; return the object."""
        self._keep_undescribed()
        yield from self._ask_fields()
        entries = MapWalk(self.tools, self.fill, self.place, self.shape, self.box, self._active, {})
        yield from self._ask_entries(entries)
        yield from self._ask_hidden(entries)
        if self.shape.crosses or not self.needed <= self.box.keys():
            yield Judge(self.place.path, self._problems)
        return self.box

    def _problems(self) -> Problems:
        """What is wrong with the object as a whole, but for values that were given."""
        found = self.tools.questions.problems(self.place, self.box)
        given = self.place.given if isinstance(self.place.given, dict) else {}
        return tuple(problem for problem in found if not set(problem.path[:1]) & given.keys())

    def _keep_undescribed(self) -> None:
        """Leave what is given and not described as it is."""
        if isinstance(self.place.given, dict):
            named = self.tools.fields.of(tuple(self.flat)).named
            self.box.update(
                (name, value) for name, value in self.place.given.items() if name not in named
            )

    def _ask_fields(self) -> Walk:
        while True:
            view = yield from self._view()
            self.needed = view.required
            queue = self._queue(view)
            if not queue and self.last:
                return
            self.last = self.last or not queue
            while queue:
                field = queue.popleft()
                yield from self._settle(view, field)
                if field.name in self.decisive:
                    break

    def _view(self) -> Walk:
        """The fields that apply now; drops the answers to those that no longer do."""
        if not self.conditional:
            return self.tools.fields.of(tuple(self.flat))
        active = self.tools.conditions.active(self.flat, self._known(), self._waiting())
        self.parts = active.parts
        for union in active.unions:
            yield from self._pick_opened(union, active.parts)
        self.decisive = self.tools.conditions.mentions(active.parts)
        if self.least:
            self.decisive |= self.tools.fields.of(tuple(active.parts)).named.keys()
        view = self._with_triggers(self.tools.fields.of(tuple(active.parts)), active.parts)
        if active.required - view.required:
            view = self._with_required(view, active)
        for name in [name for name in self.box if name in self.settled and name not in view.named]:
            yield from self._drop(name)
        return view

    def _with_required(self, view: Fields, active: Active) -> Fields:
        """The fields, and those that others need although nothing describes them."""
        parts = tuple(active.parts)
        unnamed = sorted(active.required - view.named.keys())
        extra = {name: f for name in unnamed if (f := self.tools.fields.field(parts, name))}
        required = view.required | active.required
        return replace(view, required=required, named={**view.named, **extra})

    def _with_triggers(self, view: Fields, parts: list[Part]) -> Fields:
        """The fields, and those that only conditions speak of."""
        if view.closed:
            return view
        triggers = self.tools.conditions.triggers(parts, frozenset(view.named))
        if not triggers:
            return view
        extra = {name: Field(name, parts_, ()) for name, parts_ in triggers.items()}
        return replace(view, named={**extra, **view.named})

    def _known(self) -> dict[str, Any]:
        given = self.place.given if isinstance(self.place.given, dict) else {}
        return {**given, **self.box}

    def _waiting(self) -> frozenset[str]:
        """The names that are still to be settled: conditions on them cannot be decided yet."""
        if self.last:
            return frozenset()
        base = self.tools.fields.of(tuple(self.flat))
        named = self._with_triggers(base, self.flat).named
        return frozenset(named) - self.settled.keys() - self._known().keys() - self.hidden.keys()

    def _pick_opened(self, union: Union, parts: list[Any]) -> Walk:
        """Settle a union that a condition opened."""
        self.picked.pop(union.key, None)
        place = replace(self.place, parts=(*self.place.parts, *parts), required=True)
        branches = self.tools.unions.possible(place.parts, union)
        known = self._known()
        fitting = [
            branch
            for branch in branches
            if self.tools.unions.consistent(self.tools.shapes.of((branch,)), known)
        ]
        if not fitting:
            return
        narrowed = replace(union, branches=tuple(fitting))
        picked = yield from self.pick(place, narrowed)
        if picked is not None:
            self.picked[union.key] = picked
            new = self.tools.shapes.of((picked.chosen[-1],)).flat
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
            (not self._required(view, field), field.deprecated, field.order, index, field)
            for index, field in enumerate(view.named.values())
            if self._open(view, field, calm)
        ]
        return deque(entry[-1] for entry in sorted(ready, key=lambda entry: entry[:-1]))

    def _open(self, view: Fields, field: Field, calm: bool) -> bool:
        known = self.settled.get(field.name)
        if known is None:
            return self.dropped[field.name] < OFTEN
        if calm:
            return False
        required = self._required(view, field)
        missing = required and field.name not in self.box and not known[1]
        return missing or known[0] != field.sources

    def _required(self, view: Fields, field: Field) -> bool:
        return field.name in view.required or self._needed(view)

    def _needed(self, view: Fields) -> bool:
        """Whether every field that is left has to be there for the object to have enough."""
        if len(self.box) >= self.least or view.open:
            return False
        left = sum(name not in self.settled for name in view.named)
        return len(self.box) + left <= self.least

    def _settle(self, view: Fields, field: Field) -> Walk:
        """Fill one field, or put it aside."""
        required = self._required(view, field)
        again = field.name in self.settled
        self.settled[field.name] = (field.sources, required)
        spot = self._spot(field, required)
        if self._aside(view, field, spot):
            return
        if again:
            if self._is_told(field):
                return
            yield Forget(spot.path)
        yield from self._store(field, spot)

    def _is_told(self, field: Field) -> bool:
        """Whether a field has the only value that is left for it: its question stays as it was.

        So it is with what was answered and then decided on a branch.
        """
        choices = self.tools.options.of(self.tools.shapes.of(field.sources))
        if choices is None or len(choices) != 1 or field.name not in self.box:
            return False
        return canonical(choices[0].value) == canonical(self.box[field.name])

    def _spot(self, field: Field, required: bool) -> Place:
        current = self.place.current
        return Place(
            (*self.place.path, field.name),
            field.sources,
            required,
            below(self.place.given, field.name),
            below(current, field.name),
            field.secret or self.secret,
            fresh=not isinstance(current, dict) or field.name in current,
            steady=field.name not in self.decisive and self._is_steady(),
        )

    def _is_steady(self) -> bool:
        """Whether values that no condition speaks of leave all other fields as they are."""
        if not self.place.steady or self.least or self.picked or self.place.barred:
            return False
        return not self.tools.exclusions.of(tuple(self.parts))

    def _aside(self, view: Fields, field: Field, spot: Place) -> bool:
        """Whether a field is not asked for now: filled elsewhere, excluded or hidden."""
        if spot.given is not ABSENT:
            return False
        shape = self.tools.shapes.of(field.sources)
        if shape.note(FILLED) is not None:
            self._keep_current(spot)
            return True
        if not spot.required and self._excluded(view, field.name):
            return True
        if not is_hidden(shape):
            return False
        if not spot.required:
            self.hidden[field.name] = field
            return True
        return self._fill_hidden(spot, shape)

    def _excluded(self, view: Fields, name: str) -> bool:
        """Whether what is there and what is required leave no room for a name."""
        rules, barred = self.tools.exclusions.of(tuple(self.parts)), self._barred()
        if not barred and not rules:
            return False
        present = self._known().keys() | view.required
        possible = frozenset(view.named) if view.closed else None
        return rules.excludes(name, present, barred, possible)

    def _barred(self) -> frozenset[frozenset[str]]:
        if not self.picked:
            return self.place.barred
        return self.place.barred.union(*(place.barred for place in self.picked.values()))

    def _field(self, field: Field, spot: Place) -> Walk:
        """Fill a field; a constant of the branch that was chosen is written, asked or not."""
        if spot.given is ABSENT and self._chosen(field):
            choices = self.tools.options.of(self.tools.shapes.of(field.sources))
            if choices is not None and len(choices) == 1:
                return choices[0].value
        return (yield from self.fill(spot))

    def _chosen(self, field: Field) -> bool:
        """Whether a branch that was chosen here names a field."""
        last = [place.chosen[-1] for place in self.picked.values()]
        branches = (*self.place.chosen, *last)
        return any(
            owner in self.tools.shapes.of((branch,)).flat
            for branch in branches
            for owner in field.owners
        )

    def _active(self) -> list[Part]:
        """The parts that apply to the object as it is."""
        if not self.conditional:
            return self.flat
        return self.tools.conditions.active(self.flat, self._known(), frozenset()).parts

    def _store(self, field: Field, spot: Place) -> Walk:
        value = yield from self._field(field, spot)
        if value is ABSENT:
            self.box.pop(field.name, None)
        else:
            self.box[field.name] = value

    def _ask_entries(self, entries: MapWalk) -> Walk:
        """Ask for entries in addition to the named fields, where the schema describes them."""
        view = self.tools.fields.of(tuple(self._active()))
        entries.taken.update(dict.fromkeys(view.named))
        if self.place.given is not ABSENT:
            return
        if view.open or (self.least > len(self.box) and not view.closed):
            yield from entries.run(self.least)

    def _ask_hidden(self, entries: MapWalk) -> Walk:
        """Offer hidden fields, and entries that nothing describes, behind one question."""
        fields = [field for name, field in self.hidden.items() if name not in self.box]
        view = self.tools.fields.of(tuple(self._active()))
        more = self._undescribed(view)
        if not fields and not more:
            self._keep_others(view)
            return
        opened = yield self.tools.questions.ask(
            Kind.INCLUDE,
            self.place,
            self.shape,
            "hidden",
            required=False,
            secret=False,
            default=False,
            hidden=True,
        )
        yield from self._fill_hidden_fields(fields, opened)
        if opened and more:
            entries.taken.update(dict.fromkeys(view.named))
            yield from entries.run(0)
        else:
            self._keep_others(view)

    def _fill_hidden_fields(self, fields: list[Field], opened: bool) -> Walk:
        for field in fields:
            spot = self._spot(field, required=False)
            if opened:
                yield from self._store(field, spot)
            else:
                self._keep_current(spot)

    def _undescribed(self, view: Fields) -> bool:
        """Whether an object may hold fields that the schema describes in other places only."""
        if self.place.given is not ABSENT or view.open or view.closed:
            return False
        return not self.tools.compiled.names <= view.named.keys() | self._forbidden()

    def _forbidden(self) -> frozenset[str]:
        rules = self.tools.exclusions.of(tuple(self._active()))
        return frozenset().union(*(names for names in rules.together if len(names) == 1))

    def _keep_others(self, view: Fields) -> None:
        """Leave what is there and cannot be asked for as it is."""
        current = self.place.current
        if isinstance(current, dict) and not view.open and not view.closed:
            others = {name: value for name, value in current.items() if name not in view.named}
            self.box.update((name, value) for name, value in others.items() if name not in self.box)

    def _keep_current(self, spot: Place) -> None:
        """Leave what is there as it is."""
        if spot.current is not ABSENT:
            self.box[str(spot.path[-1])] = spot.current

    def _fill_hidden(self, spot: Place, shape: Shape) -> bool:
        """Fill a required hidden field from what is there or its default; False if that fails."""
        value = spot.current if spot.current is not ABSENT else shape.note("default")
        if value is None or self.tools.questions.problems(spot, value):
            return False
        self.box[str(spot.path[-1])] = value
        return True


def is_hidden(shape: Shape) -> bool:
    """Return whether a field is not meant for people to fill in."""
    return any(shape.note(mark) is True for mark in MARKS)
