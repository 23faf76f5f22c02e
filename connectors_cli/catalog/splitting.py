"""Divides a bare JSON Schema into a config and an auth schema, so that nothing of it is lost.

Text whose name says secret is marked secret first. A property that holds a mark anywhere inside
goes to auth whole. Each rule of the root goes with the properties it speaks of, `$defs` to both.
Where a rule speaks of properties of both parts, or cannot be told to speak of one alone, the whole
schema becomes the auth schema: every value is sealed then. A root that is no object becomes the one
auth field `value`. Values that no property describes go to auth.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from connectors_cli.catalog.describing import required_names, type_words
from connectors_cli.catalog.pointers import resolve, walk

_DEEPEST = 8
_DEFINITIONS = ("#/$defs/", "#/definitions/")
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")

_LISTS_OF_NAMES = {"required", "order", "secret", "secrets", "secret_fields", "secretFields"}
_MAPS_BY_NAME = {"properties", "default", "dependentRequired", "dependentSchemas", "dependencies"}
_UNIONS = {"anyOf", "oneOf"}
_CONDITION = {"if", "then", "else"}
_WHOLE_ONLY = {
    *("$ref", "$dynamicRef", "$recursiveRef", "extends", "enum", "const"),
    *("patternProperties", "propertyNames", "minProperties", "maxProperties"),
}
_NOTES = {"type", "title", "description", "default", "examples", "$comment", "order", "required"}
_OBJECT_RULES = {"properties", "required", "additionalProperties", "unevaluatedProperties"}
_OBJECT_RULES |= {"patternProperties", "propertyNames", "minProperties", "maxProperties"}


class _Tied(Exception):
    """A rule that cannot be given to one part."""


def divide(schema: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The config schema and the auth schema of one schema, by the rule above."""
    from connectors_cli.forms.secrets import secret_properties

    marked = _marked(schema, schema)
    if not _is_object(marked, marked):
        return _closed({}), _wrapped(marked)
    if not _holds_mark(marked):
        return marked, _closed({})
    plain = marked.get("properties", {}).keys() - set(secret_properties(marked))
    try:
        _check_divisible(marked, plain)
        config, auth = (_portion(marked, plain, part) for part in ("config", "auth"))
    except _Tied:
        return _closed({}), marked
    config.pop("unevaluatedProperties", None)
    return {**config, "additionalProperties": False}, auth


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _is_object(root: Any, schema: Any, depth: int = 0) -> bool:
    """Whether everything that a schema describes is an object."""
    found = resolve(root, schema)
    if "type" in found:
        return found["type"] in ("object", ["object"])
    if "enum" in found or "const" in found:
        return all(isinstance(value, dict) for value in found.get("enum", [found.get("const")]))
    if found.keys() & _OBJECT_RULES:
        return True
    if depth > _DEEPEST:
        return False
    branches = found.get("oneOf") or found.get("anyOf")
    if branches:
        return all(_is_object(root, branch, depth + 1) for branch in branches)
    return any(_is_object(root, part, depth + 1) for part in found.get("allOf", ()))


def _wrapped(schema: Any) -> dict[str, Any]:
    """A schema of the one field `value`; the root's definitions and identity stay at the root."""
    wrapper = {**_closed({}), "required": ["value"]}
    if not isinstance(schema, dict):
        return {**wrapper, "properties": {"value": schema}}
    moved = _redirected(schema, str(schema.get("$id", schema.get("id", ""))).rstrip("#"))
    hoisted = {"$schema", "$id", "id", "$defs", "definitions"} & schema.keys()
    inner = {keyword: value for keyword, value in moved.items() if keyword not in hoisted}
    outer = {keyword: moved[keyword] for keyword in hoisted}
    return {**outer, **wrapper, "properties": {"value": inner}}


def _redirected(value: Any, base: str) -> Any:
    """The same schema where references to its root's insides lead one field deeper."""
    if isinstance(value, list):
        return [_redirected(inner, base) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _redirect(inner, base)
        if key == "$ref" and isinstance(inner, str)
        else _redirected(inner, base)
        for key, inner in value.items()
    }


def _redirect(reference: str, base: str) -> str:
    local = reference.removeprefix(base) or "#" if base else reference
    if local == "#" or (local.startswith("#/") and not local.startswith(_DEFINITIONS)):
        return f"#/properties/value{local[1:]}"
    return local if local.startswith("#") else reference


def _marked(root: Any, value: Any) -> Any:
    """The same schema with a secret mark on all text whose name says secret."""
    if isinstance(value, list):
        return [_marked(root, inner) for inner in value]
    if not isinstance(value, dict):
        return value
    marked = {key: _marked(root, inner) for key, inner in value.items()}
    properties = marked.get("properties")
    if isinstance(properties, dict):
        marked["properties"] = {
            name: {**inner, "writeOnly": True} if _sounds_secret(root, name, inner) else inner
            for name, inner in properties.items()
        }
    return marked


def _sounds_secret(root: Any, name: str, schema: Any) -> bool:
    from connectors_cli.forms.secrets import looks_secret

    is_text = isinstance(schema, dict) and "text" in type_words(root, schema).split(" or ")
    return is_text and looks_secret(name)


def _holds_mark(schema: dict[str, Any]) -> bool:
    from connectors_cli.forms.secrets import is_secret, listed

    return any(is_secret(found) or listed(found) for found in walk(schema))


def _check_divisible(schema: dict[str, Any], plain: Collection[str]) -> None:
    """Refuse what has no config, or references that would lead nowhere after the division."""
    found = (inner.get(keyword) for inner in walk(schema) for keyword in _REFERENCES)
    references = [reference for reference in found if isinstance(reference, str)]
    if not plain or not all(reference.startswith(_DEFINITIONS) for reference in references):
        raise _Tied


def _portion(schema: dict[str, Any], plain: Collection[str], part: str) -> dict[str, Any]:
    """What of the root's keywords belongs to one part."""

    def mine(names: Collection[str]) -> bool:
        return _side(names, plain) == part

    condition = _speaks_of({word: schema[word] for word in _CONDITION & schema.keys()})
    portion: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _WHOLE_ONLY:
            raise _Tied
        if keyword in _CONDITION or keyword == "not":
            kept = (
                value if mine(condition if keyword in _CONDITION else _speaks_of(value)) else None
            )
        else:
            kept = _kept(keyword, value, mine)
        if kept is not None:
            portion[keyword] = kept
    return {**portion, "type": "object"}


def _kept(keyword: str, value: Any, mine: Callable[[Collection[str]], bool]) -> Any:
    """The part of a keyword's value that belongs to one part, None for nothing."""
    if keyword in _LISTS_OF_NAMES and isinstance(value, list):
        return [name for name in value if mine([name])] or None
    if keyword in _MAPS_BY_NAME and isinstance(value, dict):
        return {name: inner for name, inner in value.items() if mine(_spoken(keyword, name, inner))}
    if keyword == "allOf":
        return [inner for inner in value if mine(_speaks_of(inner))] or None
    if keyword in _UNIONS:
        return value if mine(_all(_speaks_of(inner) for inner in value)) else None
    return None if keyword in ("examples", "example") else value


def _side(names: Collection[str], plain: Collection[str]) -> str:
    """The part that a rule about these names belongs to; about nothing, to auth."""
    inside = [name in plain for name in names]
    if any(inside) and not all(inside):
        raise _Tied
    return "config" if any(inside) else "auth"


def _spoken(keyword: str, name: str, inner: Any) -> set[str]:
    """The names that one entry of a map by name speaks of."""
    if keyword in ("properties", "default"):
        return {name}
    return {name, *(inner if isinstance(inner, list) else _speaks_of(inner))}


def _speaks_of(schema: Any) -> set[str]:
    """The properties that a rule beside `properties` is about."""
    if not isinstance(schema, dict):
        return set()
    names = set(required_names(schema))
    for keyword, value in schema.items():
        if keyword in _MAPS_BY_NAME - {"default"} and isinstance(value, dict):
            names |= _all(_spoken(keyword, name, inner) for name, inner in value.items())
        elif keyword in _UNIONS or keyword == "allOf":
            names |= _all(_speaks_of(inner) for inner in value)
        elif keyword in _CONDITION or keyword == "not":
            names |= _speaks_of(value)
        elif keyword not in _NOTES and not keyword.startswith("x-"):
            raise _Tied
    return names


def _all(found: Iterator[set[str]]) -> set[str]:
    return set().union(*found)
