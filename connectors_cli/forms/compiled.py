"""A schema made ready once: its references resolved and its validators kept."""

from functools import cached_property
from typing import Any

import jsonschema_specifications
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import lookup_recursive_ref

from connectors_cli.errors import Problem
from connectors_cli.forms import drafts, wording
from connectors_cli.forms.bounds import check_bounds
from connectors_cli.forms.budget import bounded
from connectors_cli.forms.references import check_references, has_foreign

REFS = ("$ref", "$dynamicRef", "$recursiveRef")


class Part:
    """One subschema together with what its references are relative to."""

    __slots__ = ("resolver", "schema", "validator")

    def __init__(self, schema: Any, resolver: Any) -> None:
        self.schema = schema
        self.resolver = resolver
        self.validator: Validator | None = None


class Compiled:
    """A root schema and everything found in it, each prepared when first needed."""

    def __init__(self, schema: Any, asking: bool = False) -> None:
        check_bounds(schema)
        self.schema = drafts.normalise(schema)
        if asking:
            drafts.without_filled(self.schema)
        self.draft = drafts.draft_of(schema)
        resource = self.draft.specification.create_resource(self.schema)
        registry: Registry[Any] = jsonschema_specifications.REGISTRY
        self._specification = self.draft.specification
        self._validator = self.draft.validator(self.schema, registry=registry)
        self._parts: dict[int, Part] = {}
        self._typed: dict[tuple[str, ...], Part] = {}
        self.root = self._keep(self.schema, registry.resolver_with_root(resource))
        if has_foreign(self.schema):
            check_references(self)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all fields that the schema describes anywhere."""
        found: set[str] = set()
        stack = [self.schema]
        while stack:
            node = stack.pop()
            if isinstance(node, list):
                stack += node
            elif isinstance(node, dict):
                properties = node.get("properties")
                found.update(properties if isinstance(properties, dict) else ())
                stack += node.values()
        return frozenset(found)

    def _keep(self, schema: Any, resolver: Any) -> Part:
        part = self._parts.get(id(schema))
        if part is None:
            part = self._parts[id(schema)] = Part(schema, resolver)
        return part

    def sub(self, part: Part, schema: Any) -> Part:
        """The part for a subschema that stands inside another."""
        known = self._parts.get(id(schema))
        if known is not None or not isinstance(schema, dict):
            return known or self._keep(schema, part.resolver)
        resource = self._specification.create_resource(schema)
        return self._keep(schema, part.resolver.in_subresource(resource))

    def typed(self, *names: str) -> Part:
        """A part that says nothing but its types."""
        if names not in self._typed:
            said = names[0] if len(names) == 1 else list(names)
            self._typed[names] = self.sub(self.root, {"type": said})
        return self._typed[names]

    def target(self, part: Part) -> Part | None:
        """What the part's reference points to."""
        for keyword in REFS:
            ref = part.schema.get(keyword)
            if isinstance(ref, str):
                if keyword == "$recursiveRef":
                    found = lookup_recursive_ref(part.resolver)
                else:
                    found = part.resolver.lookup(ref)
                return self._keep(found.contents, found.resolver)
        return None

    def reference(self, part: Part) -> Part | None:
        """Like `target`, but a reference to nowhere is none."""
        try:
            return self.target(part)
        except Unresolvable:
            return None

    def validator(self, part: Part) -> Validator:
        if part.validator is None:
            part.validator = self._validator.evolve(schema=part.schema, _resolver=part.resolver)
        return part.validator

    def valid(self, part: Part, value: Any) -> bool:
        """Whether a value fits one part; what takes too long to say does not fit."""
        outcome = bounded(lambda: next(self.validator(part).iter_errors(value), None) is None)
        return outcome is True

    def fits(self, parts: tuple[Part, ...], value: Any) -> bool:
        return all(self.valid(part, value) for part in parts)

    def problems(self, part: Part, value: Any) -> tuple[Problem, ...]:
        """Every violation, worded without the value."""
        outcome = bounded(lambda: tuple(self.validator(part).iter_errors(value)))
        if isinstance(outcome, Problem):
            return (outcome,)
        return wording.problems(outcome)
