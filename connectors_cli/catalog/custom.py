"""Custom entries, built from a JSON Schema or an Airbyte specification.

A schema is divided into a config schema and an auth schema by its secrets. Where a rule concerns
both parts, the whole schema becomes the auth schema, so that every value is sealed.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from connectors_cli.catalog.entry import Entry, parse_entry
from connectors_cli.catalog.fields import required_names, type_words
from connectors_cli.errors import InvalidInput
from connectors_cli.forms.references import resolve, walk

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


class _IndivisibleError(Exception):
    """A rule that concerns both parts."""


def from_schema(schema: Any, key: str, name: str, auth_type: str) -> Entry:
    """Return a custom entry for a JSON Schema, divided into config and auth by its secrets.

    Raises InvalidInput for auth_type oauth, and InvalidSchema.
    """
    from connectors_cli.forms.validation import check_schema

    if auth_type == "oauth":
        hint = "write a catalog entry with an oauth section, then: connectors catalog add FILE"
        raise InvalidInput("a schema alone does not describe how to sign in", hint=hint)
    bare, docs_url = _unwrap(schema)
    check_schema(bare)
    config, auth = _divided(bare)
    description = bare.get("description") if isinstance(bare, dict) else ""
    fields = {"key": key, "name": name, "auth_type": auth_type, "docs_url": docs_url}
    fields["description"] = description if isinstance(description, str) else ""
    return parse_entry({**fields, "config_schema": config, "auth_schema": auth}, source="custom")


def split(entry: Entry, instance: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields of config and those of auth; fields that no schema names are sealed.

    If the root of the schema is not an object, the instance has the one field `value`.
    """
    if not isinstance(instance, Mapping):
        raise InvalidInput("must be an object")
    config = {name: value for name, value in instance.items() if entry.part(name) == "config"}
    return config, {name: value for name, value in instance.items() if name not in config}


def _unwrap(document: Any) -> tuple[Any, str | None]:
    """Return the schema in an Airbyte specification, and the URL of its documentation."""
    if not isinstance(document, dict) or "properties" in document:
        return document, None
    found = document["spec"] if isinstance(document.get("spec"), dict) else document
    if isinstance(found.get("connectionSpecification"), dict):
        address = found.get("documentationUrl")
        return found["connectionSpecification"], address if isinstance(address, str) else None
    return document, None


def _divided(schema: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the config schema and the auth schema."""
    from connectors_cli.forms.secrets import secret_properties

    marked = _marked(schema, schema)
    if not _is_object(marked, marked):
        return _closed({}), _wrapped(marked)
    if not _has_mark(marked):
        return marked, _closed({})
    plain = marked.get("properties", {}).keys() - set(secret_properties(marked))
    try:
        _check_divisible(marked, plain)
        config, auth = (_portion(marked, plain, part) for part in ("config", "auth"))
    except _IndivisibleError:
        return _closed({}), marked
    config.pop("unevaluatedProperties", None)
    return {**config, "additionalProperties": False}, auth


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _is_object(root: Any, schema: Any, depth: int = 0) -> bool:
    """Return whether a schema only describes objects."""
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
    """Return a schema of the one field `value`, with the definitions and id left at the root."""
    wrapper = {**_closed({}), "required": ["value"]}
    if not isinstance(schema, dict):
        return {**wrapper, "properties": {"value": schema}}
    moved = _redirected(schema, str(schema.get("$id", schema.get("id", ""))).rstrip("#"))
    hoisted = {"$schema", "$id", "id", "$defs", "definitions"} & schema.keys()
    inner = {keyword: value for keyword, value in moved.items() if keyword not in hoisted}
    outer = {keyword: moved[keyword] for keyword in hoisted}
    return {**outer, **wrapper, "properties": {"value": inner}}


def _redirected(value: Any, base: str) -> Any:
    """Return the schema with local references adjusted to be one field deeper."""
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
    """Return the schema with a secret mark on text fields whose name sounds secret."""
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


def _has_mark(schema: dict[str, Any]) -> bool:
    from connectors_cli.forms.secrets import is_secret, listed

    return any(is_secret(found) or listed(found) for found in walk(schema))


def _check_divisible(schema: dict[str, Any], plain: Collection[str]) -> None:
    """Raise _IndivisibleError without config, or if references would break."""
    found = (inner.get(keyword) for inner in walk(schema) for keyword in _REFERENCES)
    references = [reference for reference in found if isinstance(reference, str)]
    if not plain or not all(reference.startswith(_DEFINITIONS) for reference in references):
        raise _IndivisibleError


def _portion(schema: dict[str, Any], plain: Collection[str], part: str) -> dict[str, Any]:
    """Return the keywords of the root that belong to one part."""

    def mine(names: Collection[str]) -> bool:
        return _side(names, plain) == part

    condition = _names_in({word: schema[word] for word in _CONDITION & schema.keys()})
    portion: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in _WHOLE_ONLY:
            raise _IndivisibleError
        if keyword in _CONDITION or keyword == "not":
            kept = value if mine(condition if keyword in _CONDITION else _names_in(value)) else None
        else:
            kept = _kept(keyword, value, mine)
        if kept is not None:
            portion[keyword] = kept
    return {**portion, "type": "object"}


def _kept(keyword: str, value: Any, mine: Callable[[Collection[str]], bool]) -> Any:
    """Return the piece of a keyword's value that belongs to one part, else None."""
    if keyword in _LISTS_OF_NAMES and isinstance(value, list):
        return [name for name in value if mine([name])] or None
    if keyword in _MAPS_BY_NAME and isinstance(value, dict):
        return {
            name: inner for name, inner in value.items() if mine(_entry_names(keyword, name, inner))
        }
    if keyword == "allOf":
        return [inner for inner in value if mine(_names_in(inner))] or None
    if keyword in _UNIONS:
        return value if mine(_all(_names_in(inner) for inner in value)) else None
    return None if keyword in ("examples", "example") else value


def _side(names: Collection[str], plain: Collection[str]) -> str:
    """Return the part that a rule about these names belongs to; auth if it names none."""
    inside = [name in plain for name in names]
    if any(inside) and not all(inside):
        raise _IndivisibleError
    return "config" if any(inside) else "auth"


def _entry_names(keyword: str, name: str, inner: Any) -> set[str]:
    """Return the names that one entry of a map by name is about."""
    if keyword in ("properties", "default"):
        return {name}
    return {name, *(inner if isinstance(inner, list) else _names_in(inner))}


def _names_in(schema: Any) -> set[str]:
    """Return the properties that a rule other than `properties` is about."""
    if not isinstance(schema, dict):
        return set()
    names = set(required_names(schema))
    for keyword, value in schema.items():
        if keyword in _MAPS_BY_NAME - {"default"} and isinstance(value, dict):
            names |= _all(_entry_names(keyword, name, inner) for name, inner in value.items())
        elif keyword in _UNIONS or keyword == "allOf":
            names |= _all(_names_in(inner) for inner in value)
        elif keyword in _CONDITION or keyword == "not":
            names |= _names_in(value)
        elif keyword not in _NOTES and not keyword.startswith("x-"):
            raise _IndivisibleError
    return names


def _all(found: Iterator[set[str]]) -> set[str]:
    return set().union(*found)
