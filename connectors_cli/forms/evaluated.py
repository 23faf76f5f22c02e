"""Which properties of an object a schema has looked at, for unevaluatedProperties."""

from collections.abc import Iterator
from typing import Any

from referencing.jsonschema import lookup_recursive_ref

from connectors_cli.forms.budget import spend
from connectors_cli.forms.patterns import found


def evaluated_names(validator: Any, schema: Any, instance: dict[str, Any]) -> set[str]:
    """The names that a schema and everything that applies beside it evaluate."""
    spend()
    if not isinstance(schema, dict):
        return set()
    names = set(_own(validator, schema, instance))
    for inner, sub in _beside(validator, schema, instance):
        names |= evaluated_names(inner, sub, instance)
    return names


def _own(validator: Any, schema: dict[str, Any], instance: dict[str, Any]) -> Iterator[str]:
    named = schema.get("properties")
    patterned = schema.get("patternProperties")
    rest = "additionalProperties" in schema or "unevaluatedProperties" in schema
    for name in instance:
        by_name = isinstance(named, dict) and name in named
        by_pattern = isinstance(patterned, dict) and any(found(p, name) for p in patterned)
        if by_name or by_pattern or rest:
            yield name


def _beside(
    validator: Any, schema: dict[str, Any], instance: dict[str, Any]
) -> Iterator[tuple[Any, Any]]:
    yield from _referred(validator, schema)
    for keyword in ("allOf", "oneOf", "anyOf"):
        for sub in _list(schema.get(keyword)):
            if _fits(validator, sub, instance):
                yield _into(validator, sub), sub
    if "if" in schema:
        holds = _fits(validator, schema["if"], instance)
        if holds:
            yield _into(validator, schema["if"]), schema["if"]
        chosen = schema.get("then" if holds else "else", True)
        yield _into(validator, chosen), chosen
    dependent = schema.get("dependentSchemas")
    for name, sub in dependent.items() if isinstance(dependent, dict) else ():
        if name in instance:
            yield _into(validator, sub), sub


def _referred(validator: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    resolver = validator._resolver  # noqa: SLF001  # jsonschema's own keywords do the same
    targets = [resolver.lookup(schema[k]) for k in ("$ref", "$dynamicRef") if k in schema]
    if "$recursiveRef" in schema:
        targets.append(lookup_recursive_ref(resolver))
    for target in targets:
        inner = validator.evolve(schema=target.contents, _resolver=target.resolver)
        yield inner, target.contents


def _into(validator: Any, sub: Any) -> Any:
    return validator.evolve(schema=sub) if isinstance(sub, dict) else validator


def _fits(validator: Any, sub: Any, instance: Any) -> bool:
    return next(iter(validator.descend(instance, sub)), None) is None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
