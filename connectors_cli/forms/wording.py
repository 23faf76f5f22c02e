"""Says what is wrong with a value, without the value."""

from collections.abc import Iterable, Iterator
from typing import Any

from jsonschema.exceptions import ValidationError

from connectors_cli.errors import Problem

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
SENTENCES = {
    "pattern": "does not have the required form",
    "minLength": "is shorter than {} characters",
    "maxLength": "is longer than {} characters",
    "minimum": "is less than {}",
    "maximum": "is more than {}",
    "exclusiveMinimum": "is not more than {}",
    "exclusiveMaximum": "is not less than {}",
    "multipleOf": "is not a multiple of {}",
    "minItems": "has fewer than {} items",
    "maxItems": "has more than {} items",
    "minProperties": "has fewer than {} entries",
    "maxProperties": "has more than {} entries",
}
MISSING = ("required", "dependentRequired", "dependencies")
EXTRA = ("additionalProperties", "unevaluatedProperties")
FIXED = {
    "enum": "is not one of the allowed values",
    "const": "is not the value required here",
    "uniqueItems": "has the same item twice",
    "contains": "does not contain the item required",
    "minContains": "does not contain the item required often enough",
    "maxContains": "contains an item too often",
    "false": "is not allowed here",
    "not": "is something that is not allowed here",
    "propertyNames": "has an entry whose name is not allowed",
    "anyOf": "fits none of the alternatives",
    "unevaluatedProperties": "has entries that are not allowed",
    "unevaluatedItems": "has items that are not allowed",
    "additionalItems": "has more items than allowed",
    "items": "has more items than allowed",
}


def problems(errors: Iterable[ValidationError]) -> tuple[Problem, ...]:
    """One problem for each violation; those inside the alternative that was meant stand for it."""
    found = dict.fromkeys(problem for error in errors for problem in _explain(error))
    return tuple(found)


def _explain(error: ValidationError) -> Iterator[Problem]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        meant = _meant(error)
        if meant:
            for inner in meant:
                yield from _explain(inner)
            return
    path = tuple(error.absolute_path)
    yield from _worded(error, path)


def _worded(error: ValidationError, path: tuple[str | int, ...]) -> Iterator[Problem]:
    rule = str(error.validator)
    if rule in MISSING:
        yield Problem((*path, error.message), "required", "is required")
    elif rule in EXTRA and error.message == "extra":
        yield Problem(path, rule, "is not a field that is allowed here")
    else:
        yield Problem(path, rule if error.validator else "false", _sentence(error))


def _sentence(error: ValidationError) -> str:
    rule, limit = str(error.validator), error.validator_value
    if rule in ("None", "not") and error.validator_value in (None, {}, True):
        return FIXED["false"]
    if rule == "type":
        names: Any = [limit] if isinstance(limit, str) else limit
        return "must be " + " or ".join(TYPES.get(name, str(name)) for name in names)
    if rule == "format":
        return f"is not a valid {limit}"
    if rule == "oneOf":
        several = "valid under each of" in error.message
        return "fits more than one of the alternatives" if several else FIXED["anyOf"]
    if rule in SENTENCES:
        return SENTENCES[rule].format(limit)
    return FIXED.get(rule, "does not fit the schema")


def _meant(error: ValidationError) -> list[ValidationError]:
    """The violations of the alternative that was meant: the only one whose type it has."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0] if inner.schema_path else None, []).append(inner)
    near = [found for found in branches.values() if not any(map(_contradicts, found))]
    return near[0] if len(near) == 1 else []


def _contradicts(error: ValidationError) -> bool:
    top = len(error.relative_path) == 0
    return (error.validator == "type" and top) or error.validator in ("const", "enum", None)
