"""The fields of an object: those that its schema names, and whether it may have other entries."""

from dataclasses import dataclass, replace
from dataclasses import field as default
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.drafts import impossible
from connectors_cli.forms.regex.match import found
from connectors_cli.forms.secrets import listed

ORDER = ("order", "x-order", "propertyOrder", "position", "x-position")


@dataclass
class Field:
    """One named field: the parts that apply to it, and which part names each."""

    name: str
    sources: tuple[Part, ...]
    owners: tuple[Part, ...]
    order: float = 0
    secret: bool = False
    deprecated: bool = False


@dataclass
class Fields:
    """The fields of an object under a set of parts."""

    named: dict[str, Field] = default(default_factory=dict)
    required: frozenset[str] = frozenset()
    open: bool = False
    """Whether entries in addition to the named fields are asked for."""
    closed: bool = False
    """Whether no other entries are allowed."""


class FieldMaker:
    """The fields that sets of parts describe, each made once."""

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
        fields = Fields(required=frozenset(required))
        first = _first(flat)
        for name in {**names, **required}:
            field = self.field(flat, name)
            if field is not None:
                order = first.get(name, field.order)
                fields.named[name] = replace(field, order=order, secret=name in secret)
        fields.closed = _closed(flat)
        fields.open = not fields.closed and (not names or _wanted(flat))
        return fields

    def field(self, flat: tuple[Part, ...], name: str) -> Field | None:
        """Return the field of a name, None where an object cannot have it."""
        sources = self.sources(flat, name)
        impossible_ = any(impossible(source.schema) for _, source in sources)
        if impossible_ or not self._may_be_named(flat, name):
            return None
        return Field(
            name,
            tuple(source for _, source in sources),
            tuple(owner for owner, _ in sources),
            _order(sources),
            deprecated=any(_is_deprecated(source) for _, source in sources),
        )

    def _may_be_named(self, flat: tuple[Part, ...], name: str) -> bool:
        """Whether a rule on the names of an object allows one."""
        rules = ((part, part.schema.get("propertyNames")) for part in flat)
        return all(
            self.compiled.valid(self.compiled.sub(part, rule), name)
            for part, rule in rules
            if isinstance(rule, dict)
        )

    def sources(self, flat: tuple[Part, ...], name: str) -> list[tuple[Part, Part]]:
        """Return the parts that apply to a property, each with the part that contains it."""
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
    """Whether entries in addition to the named fields are described."""
    for part in flat:
        rest = part.schema.get("additionalProperties", part.schema.get("unevaluatedProperties"))
        patterns = mapping(part, "patternProperties")
        if not all(map(impossible, patterns.values())) or (isinstance(rest, dict) and rest):
            return True
    return False


def _is_deprecated(source: Part) -> bool:
    return isinstance(source.schema, dict) and says_deprecated(source.schema)


def says_deprecated(schema: dict[str, Any]) -> bool:
    """Return whether a schema says that its value is deprecated."""
    marked = any(schema.get(word) is True for word in ("deprecated", "x-deprecated"))
    return marked or isinstance(schema.get("deprecationMessage"), str)
