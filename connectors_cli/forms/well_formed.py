"""A quick look at whether every keyword of a schema has a value that its metaschema allows.

It is certain where it says yes, for all drafts: validating against a metaschema takes seconds for
large schemas, and nearly all of them are well formed.
"""

from collections.abc import Callable
from typing import Any

from connectors_cli.forms.equality import canonical
from connectors_cli.forms.formats import holds

TYPES = frozenset(("string", "integer", "number", "boolean", "object", "array", "null"))
SCHEMA = (
    *("not", "if", "then", "else", "items", "additionalItems", "additionalProperties"),
    *("propertyNames", "contains", "unevaluatedItems", "unevaluatedProperties"),
)
SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
REST = frozenset(
    (
        *("$id", "id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "extends"),
        *("$recursiveAnchor", "$vocabulary", "contentSchema", "dependencies", "disallow"),
        *("divisibleBy", "minContains", "maxContains", "dependentRequired"),
    )
)
"""Keywords that only the metaschema itself is asked about."""


def is_well_formed(schema: Any, *, booleans: bool) -> bool:
    """Return whether a schema is certainly well formed; `booleans`: whether true is a schema."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, bool) and booleans:
            continue
        if not isinstance(node, dict):
            return False
        for keyword, value in node.items():
            inner = _schemas(keyword, value, booleans=booleans)
            if inner is None:
                return False
            stack += inner
    return True


def _schemas(keyword: str, value: Any, *, booleans: bool) -> list[Any] | None:
    """The schemas in the value of a keyword; None where it may not be well formed."""
    check = CHECKS.get(keyword)
    if check is not None:
        return [] if check(value) else None
    if keyword in SCHEMA:
        plain = isinstance(value, bool) and keyword.startswith("additional")
        return [] if plain else [value]
    if keyword in SCHEMAS:
        return value if isinstance(value, list) and value else None
    if keyword in MAPS:
        return _of_map(keyword, value)
    return None if keyword in REST else []


def _of_map(keyword: str, value: Any) -> list[Any] | None:
    if not isinstance(value, dict):
        return None
    if keyword == "patternProperties" and not all(holds("regex", name, None) for name in value):
        return None
    return list(value.values())


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in TYPES
    return _are_names(value) and TYPES.issuperset(value)


def _are_names(value: Any) -> bool:
    if not isinstance(value, list) or not value or not all(map(_is_text, value)):
        return False
    return len(set(value)) == len(value)


def _are_values(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return len(set(map(canonical, value))) == len(value)


def _is_pointer(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("#/") and holds("uri-reference", value, None)


CHECKS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("title", "description", "$comment", "format", "$schema"), _is_text),
    **dict.fromkeys(("contentEncoding", "contentMediaType"), _is_text),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _is_truth),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_count),
    **dict.fromkeys(("minProperties", "maxProperties"), _is_count),
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "examples": lambda value: isinstance(value, list),
    "pattern": lambda value: isinstance(value, str) and holds("regex", value, None),
    "type": _is_type,
    "required": _are_names,
    "enum": _are_values,
    "$ref": _is_pointer,
}
