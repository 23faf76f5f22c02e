"""What an object may hold: its named fields, and the entries it may have besides."""

from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.drafts import impossible
from connectors_cli.forms.patterns import found
from connectors_cli.forms.secrets import listed

ORDER = ("order", "x-order", "propertyOrder", "position", "x-position")


@dataclass
class Field:
    """One named field: the parts that apply to it, and which part names each."""

    name: str
    sources: tuple[Part, ...]
    owners: tuple[Part, ...]
    order: float
    secret: bool


@dataclass
class Fields:
    """The fields of an object under a set of parts."""

    named: dict[str, Field] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    open: bool = False
    """Whether entries besides the named fields are asked for."""
    closed: bool = False
    """Whether there may be none."""


class FieldMaker:
    """Makes the fields that sets of parts describe, each once."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self._made: dict[tuple[int, ...], Fields] = {}

    def of(self, flat: tuple[Part, ...]) -> Fields:
        key = tuple(map(id, flat))
        if key not in self._made:
            self._made[key] = self._make(flat)
        return self._made[key]

    def _make(self, flat: tuple[Part, ...]) -> Fields:
        names: dict[str, None] = {}
        required: dict[str, None] = {}
        secret: set[str] = set()
        for part in flat:
            names.update(dict.fromkeys(mapping(part, "properties")))
            required.update(dict.fromkeys(strings(part.schema.get("required"))))
            secret |= listed(part.schema)
        fields = Fields(required=frozenset(required), forbidden=_forbidden(flat))
        first = _first(flat)
        for name in {**names, **required}:
            sources = self.sources(flat, name)
            if any(impossible(source.schema) for _, source in sources):
                continue
            fields.named[name] = Field(
                name,
                tuple(source for _, source in sources),
                tuple(owner for owner, _ in sources),
                first.get(name, _order(sources)),
                name in secret,
            )
        fields.closed = _closed(flat)
        fields.open = not fields.closed and (not names or _wanted(flat))
        return fields

    def sources(self, flat: tuple[Part, ...], name: str) -> list[tuple[Part, Part]]:
        """The parts that apply to a property of this name, each with the part it stands in."""
        sources: list[tuple[Part, Part]] = []
        for part in flat:
            own = [(part, self.compiled.sub(part, sub)) for sub in _described(part, name)]
            if not own and "additionalProperties" in part.schema:
                own = [(part, self.compiled.sub(part, part.schema["additionalProperties"]))]
            sources += own
        if not sources:
            for part in flat:
                if "unevaluatedProperties" in part.schema:
                    sub = part.schema["unevaluatedProperties"]
                    sources.append((part, self.compiled.sub(part, sub)))
        return sources


def _described(part: Part, name: str) -> list[Any]:
    properties = mapping(part, "properties")
    found_here = [properties[name]] if name in properties else []
    for pattern, sub in mapping(part, "patternProperties").items():
        if found(pattern, name):
            found_here.append(sub)
    return found_here


def mapping(part: Part, keyword: str) -> dict[str, Any]:
    value = part.schema.get(keyword)
    return value if isinstance(value, dict) else {}


def strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _first(flat: tuple[Part, ...]) -> dict[str, float]:
    """The places that an object's own list `order` gives its fields."""
    places: dict[str, float] = {}
    for part in flat:
        names = strings(part.schema.get("order"))
        places.update((name, index - len(names)) for index, name in enumerate(names))
    return places


def _order(sources: list[tuple[Part, Part]]) -> float:
    for _, source in sources:
        for keyword in ORDER if isinstance(source.schema, dict) else ():
            place = source.schema.get(keyword)
            if isinstance(place, int | float) and not isinstance(place, bool):
                return float(place)
    return float("inf")


def _closed(flat: tuple[Part, ...]) -> bool:
    return any(
        part.schema.get("additionalProperties", part.schema.get("unevaluatedProperties")) is False
        and not mapping(part, "patternProperties")
        for part in flat
    )


def _wanted(flat: tuple[Part, ...]) -> bool:
    """Whether entries besides the named fields are described."""
    for part in flat:
        rest = part.schema.get("additionalProperties", part.schema.get("unevaluatedProperties"))
        patterns = mapping(part, "patternProperties")
        if not all(map(impossible, patterns.values())) or (isinstance(rest, dict) and rest):
            return True
    return False


def _forbidden(flat: tuple[Part, ...]) -> frozenset[str]:
    """The names that a `not` forbids outright."""
    names: set[str] = set()
    for part in flat:
        names |= excluded(part.schema.get("not"))
    return frozenset(names)


def excluded(schema: Any) -> set[str]:
    """The names that must be absent for a value not to fit this schema."""
    if not isinstance(schema, dict):
        return set()
    wanted = strings(schema.get("required"))
    rules = set(schema) - {"required", "title", "description", "$comment", "type"}
    if len(wanted) == 1 and not rules:
        return set(wanted)
    if set(schema) == {"anyOf"} and isinstance(schema["anyOf"], list):
        return set().union(*(excluded(sub) for sub in schema["anyOf"]))
    return set()
