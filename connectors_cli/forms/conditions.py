"""What applies to an object because of what it holds: if/then/else and everything dependent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.forms.compiled import Compiled, Part
from connectors_cli.forms.fields import mapping, strings
from connectors_cli.forms.shape import Shapes, Union

CONDITIONAL = ("if", "dependentSchemas", "dependentRequired", "dependencies")


@dataclass
class Active:
    """The parts that apply now, the names that they ask for, and the choices they open."""

    parts: list[Part]
    required: set[str] = field(default_factory=set)
    unions: list[Union] = field(default_factory=list)


class Conditions:
    """Tells which conditional parts apply to an object."""

    def __init__(self, compiled: Compiled, shapes: Shapes) -> None:
        self.compiled = compiled
        self.shapes = shapes
        self._triggers: dict[Any, dict[str, tuple[Part, ...]]] = {}

    def conditional(self, flat: list[Part]) -> bool:
        return any(word in part.schema for part in flat for word in CONDITIONAL)

    def active(self, flat: list[Part], value: dict[str, Any], waiting: frozenset[str]) -> Active:
        """All that applies to a value; conditions about names still `waiting` are left out."""
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
        for keyword in ("dependentRequired", "dependentSchemas", "dependencies"):
            for trigger, sub in mapping(part, keyword).items() if draft.knows(keyword) else ():
                if trigger not in value:
                    continue
                if isinstance(sub, dict):
                    yield self.compiled.sub(part, sub)
                else:
                    required.update([sub] if isinstance(sub, str) else strings(sub))

    def triggers(self, parts: list[Part], named: frozenset[str]) -> dict[str, tuple[Part, ...]]:
        """Fields that only the conditions speak of, with what they say of them."""
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
                for name in self._mentioned(condition) - named:
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

    def _branch(self, part: Part, value: Any, waiting: frozenset[str]) -> Iterator[Part]:
        condition = self.compiled.sub(part, part.schema["if"])
        if waiting & self._mentioned(condition):
            return
        outcome = "then" if self.compiled.valid(condition, value) else "else"
        if isinstance(part.schema.get(outcome), dict):
            yield self.compiled.sub(part, part.schema[outcome])

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
