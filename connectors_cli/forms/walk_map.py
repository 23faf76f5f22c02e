"""The walk over a map: the names of its entries are asked for, and then their values."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.forms.compiled import Part
from connectors_cli.forms.paths import ABSENT, below
from connectors_cli.forms.place import Fill, Place, Problems, Walk
from connectors_cli.forms.question import Kind
from connectors_cli.forms.shape import Shape
from connectors_cli.forms.tools import Tools

TAKEN = Problem((), "key", "is there already")
FORBIDDEN = Problem((), "additionalProperties", "is not a name that is allowed here")


@dataclass
class MapWalk:
    """One walk over the entries of an object, in addition to its named fields.

    `box` is the object so far; `taken` are names that an entry cannot have. Questions are numbered
    by the entries added here, so that named fields may come and go.
    """

    tools: Tools
    fill: Fill
    place: Place
    shape: Shape
    box: dict[str, Any]
    active: Callable[[], list[Part]]
    taken: dict[str, None]
    added: int = field(default=0)

    def run(self, least: int) -> Walk:
        """Ask for entries until there are no more of them."""
        while (yield from self._another(least)):
            key = yield self._key()
            if key is None:
                return
            self.taken[key] = None
            yield from self._entry(key)
            self.added += 1

    def _another(self, least: int) -> Walk:
        most = self.shape.bound("maxProperties")
        if most is not None and len(self.box) >= most:
            return False
        if len(self.box) < least:
            return True
        return (
            yield self.tools.questions.ask(
                Kind.MORE,
                self.place,
                self.shape,
                self.added,
                count=len(self.box),
                default=self._next_key() is not None,
            )
        )

    def _next_key(self) -> str | None:
        """The next name of an instance that is being edited."""
        current = self.place.current if isinstance(self.place.current, dict) else {}
        return next((key for key in current if key not in self.taken), None)

    def _key(self) -> Any:
        taken = tuple(self.taken)
        return self.tools.questions.ask(
            Kind.KEY,
            self.place,
            self.shape,
            self.added,
            required=True,
            count=len(self.box),
            default=self._next_key(),
            taken=taken,
            check=lambda key: (TAKEN,) if key in taken else self._problems(key),
        )

    def _problems(self, key: str) -> Problems:
        """Return why a name may not be used."""
        compiled = self.tools.compiled
        for part in self.active():
            names = part.schema.get("propertyNames")
            if isinstance(names, dict | bool):
                found = compiled.problems(compiled.sub(part, names), key)
                if found:
                    return found
        never = self.tools.shapes.of(tuple(self._sources(key))).never
        return (FORBIDDEN,) if never else ()

    def _sources(self, key: str) -> Iterable[Part]:
        sources = self.tools.fields.sources(tuple(self.active()), key)
        return (source for _, source in sources)

    def _entry(self, key: str) -> Walk:
        spot = Place(
            (*self.place.path, key),
            tuple(self._sources(key)),
            current=below(self.place.current, key),
            secret=self.tools.questions.secret(self.place, self.shape),
            label=key,
            steady=self.place.steady and not self.shape.crosses,
        )
        value = yield from self.fill(spot)
        if value is not ABSENT:
            self.box[key] = value
