"""Validation keywords of our own: in bounded time, with patterns in ECMA syntax."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isfinite
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError
from referencing.jsonschema import lookup_recursive_ref

from connectors_cli.forms.equality import canonical
from connectors_cli.forms.exclusions import never_together
from connectors_cli.forms.formats import holds
from connectors_cli.forms.limits import spend
from connectors_cli.forms.regex.match import found


def evaluated_names(validator: Any, schema: Any, instance: dict[str, Any]) -> set[str]:
    """The names that a schema and everything that applies with it evaluate."""
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


Errors = Iterator[ValidationError]
Keyword = Callable[[Any, Any, Any, Any], Any]
SCHEMA = (dict, bool)
REFERENCE = 8
"""What looking up a reference costs, compared with checking a type."""

EXPECTED: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("properties", "patternProperties", "dependencies"), (dict,)),
    **dict.fromkeys(("dependentRequired", "dependentSchemas"), (dict,)),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "required", "enum", "prefixItems"), (list,)),
    **dict.fromkeys(("pattern", "format", "$ref", "$dynamicRef", "$recursiveRef"), (str,)),
    **dict.fromkeys(("not", "if", "contains", "propertyNames"), SCHEMA),
    **dict.fromkeys(("unevaluatedProperties", "unevaluatedItems"), SCHEMA),
    **dict.fromkeys(("additionalProperties", "additionalItems"), SCHEMA),
    "items": (dict, bool, list),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), (int, float)),
    **dict.fromkeys(("minProperties", "maxProperties", "multipleOf"), (int, float)),
    **dict.fromkeys(("minimum", "maximum"), (int, float)),
}
"""What the value of a keyword must be; one that is something else says nothing."""


def extend(original: Any) -> Any:
    """A validator class whose every keyword counts its work and is checked in bounded time."""
    known = original.VALIDATORS.keys() | EVERYWHERE
    own = {name: keyword for name, keyword in OWN.items() if name in known}
    keywords = {**original.VALIDATORS, **own}
    extend_validator: Any = validators.extend
    return extend_validator(
        original, {name: _counted(name, keyword) for name, keyword in keywords.items()}
    )


EVERYWHERE = frozenset({"const"})
"""Keywords that schemas of older drafts use too, and mean."""


def _counted(name: str, keyword: Keyword) -> Keyword:
    expected = EXPECTED.get(name)
    price = REFERENCE if name in ("$ref", "$dynamicRef", "$recursiveRef") else 1

    def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        spend(price)
        if expected is not None and not isinstance(value, expected):
            return ()
        return keyword(validator, value, instance, schema)

    return counted


def _exclusive_minimum(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if _numbers(validator, value, instance) and instance <= value:
        yield ValidationError("bound")


def _exclusive_maximum(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if _numbers(validator, value, instance) and instance >= value:
        yield ValidationError("bound")


def _numbers(validator: Any, *values: Any) -> bool:
    """A boolean bound belongs to draft 4, and says nothing to later drafts."""
    return all(validator.is_type(value, "number") for value in values)


def _type(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    names = value if isinstance(value, list) else [value]
    known = [name for name in names if isinstance(name, str) and name in TYPES]
    if known and not any(validator.is_type(instance, name) for name in known):
        yield ValidationError("type")


TYPES = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))


def _required(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if validator.is_type(instance, "object"):
        yield from _missing(value, instance)


def _missing(names: Any, instance: dict[str, Any]) -> Errors:
    for name in names:
        if isinstance(name, str) and name not in instance:
            yield ValidationError(name)


def _dependent_required(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for trigger, names in value.items():
        if trigger in instance and isinstance(names, list):
            yield from _missing(names, instance)


def _dependencies(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for trigger, wanted in value.items():
        if trigger not in instance:
            continue
        if isinstance(wanted, dict | bool):
            yield from validator.descend(instance, wanted, schema_path=trigger)
        else:
            yield from _missing([wanted] if isinstance(wanted, str) else wanted, instance)


def _pattern(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if validator.is_type(instance, "string") and not found(value, instance):
        yield ValidationError("pattern")


def _pattern_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for pattern, sub in value.items():
        for name, item in instance.items():
            if found(pattern, name):
                yield from validator.descend(item, sub, path=name, schema_path=pattern)


def _additional_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object") or value is True:
        return
    named = schema.get("properties")
    patterned = schema.get("patternProperties")
    for name, item in instance.items():
        if isinstance(named, dict) and name in named:
            continue
        if isinstance(patterned, dict) and any(found(pattern, name) for pattern in patterned):
            continue
        if value is False:
            yield ValidationError("extra", path=[name])
        else:
            yield from validator.descend(item, value, path=name)


def _unevaluated_properties(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    inner = {key: sub for key, sub in schema.items() if key != "unevaluatedProperties"}
    known = evaluated_names(validator, inner, instance)
    for name, item in instance.items():
        if name in known:
            continue
        if value is False:
            yield ValidationError("extra", path=[name])
        else:
            yield from validator.descend(item, value, path=name)


def _property_names(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "object"):
        return
    for name in instance:
        for error in validator.descend(name, value):
            yield ValidationError("name", path=[name], context=[error])
            break


def _one_of(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    """Fail with the numbers of the branches that fit, where more than one does."""
    constants = _constants(value)
    if constants is not None:
        count = constants.get(canonical(instance), 0)
        if count != 1:
            yield ValidationError("several" if count else "none", context=[])
        return
    context: list[ValidationError] = []
    fitting: list[int] = []
    for index, sub in enumerate(value):
        errors = list(validator.descend(instance, sub, schema_path=index))
        context += errors
        fitting += [] if errors else [index]
    if not fitting:
        yield ValidationError("none", context=context)
    elif len(fitting) > 1:
        yield ValidationError(f"several {' '.join(map(str, fitting))}")


def _constants(branches: list[Any]) -> dict[str, int] | None:
    """How often each value occurs where every branch is one constant: looked up, not searched."""
    known = _COUNTED.get(id(branches))
    if known is None:
        if len(_COUNTED) > 500:
            _COUNTED.clear()
        known = _COUNTED[id(branches)] = (branches, _count_constants(branches))
    return known[1]


_COUNTED: dict[int, tuple[list[Any], dict[str, int] | None]] = {}


def _count_constants(branches: list[Any]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for branch in branches:
        if not isinstance(branch, dict) or "const" not in branch or branch.keys() & ASSERTING:
            return None
        key = canonical(branch["const"])
        found[key] = found.get(key, 0) + 1
    return found


ASSERTING = frozenset(
    (
        *("type", "enum", "not", "allOf", "anyOf", "oneOf", "if", "$ref", "$dynamicRef"),
        *("$recursiveRef", "pattern", "format", "minimum", "maximum", "minLength", "maxLength"),
        *("properties", "required", "items"),
    )
)


def _not(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    """Fail with the names that must not be given together, where that is what is forbidden."""
    if next(iter(validator.descend(instance, value)), None) is not None:
        return
    present = instance.keys() if isinstance(instance, dict) else ()
    for names in never_together(value):
        if names.issubset(present):
            *others, last = [name for name in instance if name in names]
            yield ValidationError("\n".join(("together", *others)), path=[last])
            return
    yield ValidationError("not")


def _unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if value is not True or not validator.is_type(instance, "array"):
        return
    spend(len(instance) // 10)
    if len({canonical(item) for item in instance}) < len(instance):
        yield ValidationError("repeated")


def _enum(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if canonical(instance) not in _keys(value):
        yield ValidationError("enum")


def _const(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if canonical(instance) != canonical(value):
        yield ValidationError("const")


def _keys(values: list[Any]) -> frozenset[str]:
    """The keys of listed values, made once: an enum of thousands is looked up, not searched."""
    known = _LISTED.get(id(values))
    if known is None:
        if len(_LISTED) > 500:
            _LISTED.clear()
        known = _LISTED[id(values)] = (values, frozenset(map(canonical, values)))
    return known[1]


_LISTED: dict[int, tuple[list[Any], frozenset[str]]] = {}


def _multiple_of(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if not validator.is_type(instance, "number") or value <= 0:
        return
    if not isfinite(instance) or Fraction(str(instance)) % Fraction(str(value)):
        yield ValidationError("multiple")


def _format(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if validator.is_type(instance, "string") and not holds(value, instance, schema.get("pattern")):
        yield ValidationError("format")


OWN: dict[str, Keyword] = {
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "type": _type,
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependencies": _dependencies,
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "unevaluatedProperties": _unevaluated_properties,
    "enum": _enum,
    "const": _const,
    "oneOf": _one_of,
    "not": _not,
    "propertyNames": _property_names,
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
    "format": _format,
}
