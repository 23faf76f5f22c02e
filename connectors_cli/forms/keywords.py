"""The keywords that are checked in our own way: in bounded time, with patterns as ECMA has them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from math import isfinite
from typing import Any

from jsonschema import validators
from jsonschema.exceptions import ValidationError

from connectors_cli.forms.budget import spend
from connectors_cli.forms.equality import canonical
from connectors_cli.forms.evaluated import evaluated_names
from connectors_cli.forms.formats import holds
from connectors_cli.forms.patterns import found

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
    own = {name: keyword for name, keyword in OWN.items() if name in original.VALIDATORS}
    keywords = {**original.VALIDATORS, **own}
    extend_validator: Any = validators.extend
    return extend_validator(
        original, {name: _counted(name, keyword) for name, keyword in keywords.items()}
    )


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


def _unique_items(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if value is not True or not validator.is_type(instance, "array"):
        return
    spend(len(instance) // 10)
    if len({canonical(item) for item in instance}) < len(instance):
        yield ValidationError("repeated")


def _enum(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
    if canonical(instance) not in _keys(value):
        yield ValidationError("enum")


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
    "uniqueItems": _unique_items,
    "multipleOf": _multiple_of,
    "format": _format,
}
