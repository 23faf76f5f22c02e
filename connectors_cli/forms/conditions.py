"""The conditions of an object: if/then/else and everything that depends on its values."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.fields import mapping, strings
from connectors_cli.forms.shape import Shapes, Union

DEPENDENT = ("dependentRequired", "dependentSchemas", "dependencies")
CONDITIONAL = ("if", *DEPENDENT)
ABOUT_NAMES = frozenset({"properties", "required", "title", "description", "$comment"})
MOST = 20_000
"""Outcomes of conditions that are remembered."""


@dataclass
class Active:
    """The parts that apply now, the names that they ask for, and the choices they open."""

    parts: list[Part]
    required: set[str] = field(default_factory=set)
    unions: list[Union] = field(default_factory=list)


class Conditions:
    """The conditional parts of objects, and when they apply."""

    def __init__(self, compiled: Compiled, shapes: Shapes) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self._triggers: dict[Any, dict[str, tuple[Part, ...]]] = {}
        self._mentions: dict[tuple[int, ...], frozenset[str]] = {}
        self._named: dict[int, frozenset[str]] = {}
        self._outcomes: dict[tuple[int, str], bool] = {}

    def conditional(self, flat: list[Part]) -> bool:
        return any(word in part.schema for part in flat for word in CONDITIONAL)

    def active(self, flat: list[Part], value: dict[str, Any], waiting: frozenset[str]) -> Active:
        """Return all that applies to a value; conditions on names still `waiting` are left out."""
        active = Active(list(flat))
        known = set(map(id, flat))
        for part in active.parts:
            for sub in self._added(part, value, waiting, active.required):
                shape = self.shapes.of((sub,))
                active.unions += shape.unions
                active.parts += [new for new in shape.flat if id(new) not in known]
                known.update(map(id, shape.flat))
        return active

    def _added(
        self, part: Part, value: dict[str, Any], waiting: frozenset[str], required: set[str]
    ) -> Iterator[Part]:
        draft = self.compiled.draft
        if "if" in part.schema and draft.knows("if"):
            yield from self._branch(part, value, waiting)
        for keyword in DEPENDENT:
            for trigger, sub in mapping(part, keyword).items() if draft.knows(keyword) else ():
                if trigger not in value:
                    continue
                if isinstance(sub, dict):
                    yield self.compiled.sub(part, sub)
                else:
                    required.update([sub] if isinstance(sub, str) else strings(sub))

    def triggers(self, parts: list[Part], named: frozenset[str]) -> dict[str, tuple[Part, ...]]:
        """Return the fields that only conditions speak of, with what they say of them."""
        key = (*map(id, parts), named)
        if key not in self._triggers:
            self._triggers[key] = self._find_triggers(parts, named)
        return self._triggers[key]

    def _find_triggers(
        self, parts: list[Part], named: frozenset[str]
    ) -> dict[str, tuple[Part, ...]]:
        values: dict[str, list[Any]] = {}
        for part in parts:
            if "if" in part.schema and self.compiled.draft.knows("if"):
                condition = self.compiled.sub(part, part.schema["if"])
                for name in self._names(condition) - named:
                    values.setdefault(name, []).extend(self._constants(condition, name))
        return {name: self._sources(found) for name, found in values.items()}

    def _constants(self, condition: Part, name: str) -> list[Any]:
        """The values that a condition compares a field with."""
        sub = mapping(condition, "properties").get(name)
        if not isinstance(sub, dict):
            return []
        return [sub["const"]] if "const" in sub else list(sub.get("enum", ()))

    def _sources(self, values: list[Any]) -> tuple[Part, ...]:
        """Any of the known values, or something else."""
        if not values:
            return ()
        texts = all(isinstance(value, str) for value in values)
        rest: dict[str, Any] = {"title": "something else"}
        known = {"title": "a known value", "enum": values}
        schema = {"anyOf": [known, {**rest, "type": "string"} if texts else rest]}
        return (self.compiled.sub(self.compiled.root, schema),)

    def mentions(self, parts: list[Part]) -> frozenset[str]:
        """Return the names on which it depends what applies next to some parts."""
        key = tuple(map(id, parts))
        if key not in self._mentions:
            found: set[str] = set()
            for part in parts:
                if isinstance(part.schema.get("if"), dict):
                    found |= self._names(self.compiled.sub(part, part.schema["if"]))
                for keyword in DEPENDENT:
                    found |= mapping(part, keyword).keys()
            self._mentions[key] = frozenset(found)
        return self._mentions[key]

    def _branch(self, part: Part, value: dict[str, Any], waiting: frozenset[str]) -> Iterator[Part]:
        condition = self.compiled.sub(part, part.schema["if"])
        if waiting & self._names(condition):
            return
        outcome = "then" if self._holds(condition, value) else "else"
        if isinstance(part.schema.get(outcome), dict):
            yield self.compiled.sub(part, part.schema[outcome])

    def _holds(self, condition: Part, value: dict[str, Any]) -> bool:
        """Whether a condition holds, remembered by the values that it is about."""
        if not self._is_about_names(condition):
            return self.compiled.valid(condition, value)
        about = {name: value[name] for name in self._names(condition) if name in value}
        key = (id(condition.schema), canonical(about))
        if key not in self._outcomes:
            if len(self._outcomes) > MOST:
                self._outcomes.clear()
            self._outcomes[key] = self.compiled.valid(condition, value)
        return self._outcomes[key]

    def _is_about_names(self, condition: Part) -> bool:
        schema = condition.schema
        return isinstance(schema, dict) and not schema.keys() - ABOUT_NAMES

    def _names(self, part: Part) -> frozenset[str]:
        key = id(part.schema)
        if key not in self._named:
            self._named[key] = frozenset(self._mentioned(part))
        return self._named[key]

    def _mentioned(self, part: Part, depth: int = 0) -> set[str]:
        """The names a condition is about."""
        schema = part.schema
        if not isinstance(schema, dict) or depth > 8:
            return set()
        names = {*mapping(part, "properties"), *strings(schema.get("required"))}
        target = self.compiled.reference(part)
        if target is not None:
            names |= self._mentioned(target, depth + 1)
        for keyword in ("allOf", "anyOf", "oneOf"):
            for sub in schema.get(keyword) or ():
                names |= self._mentioned(self.compiled.sub(part, sub), depth + 1)
        for keyword in ("not", "if", "then", "else"):
            if isinstance(schema.get(keyword), dict):
                names |= self._mentioned(self.compiled.sub(part, schema[keyword]), depth + 1)
        return names
