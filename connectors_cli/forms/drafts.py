"""Drafts of JSON Schema: which one a schema is written in, and what all of them share."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import referencing.jsonschema as specifications
from jsonschema import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
)

from connectors_cli.errors import InvalidSchema
from connectors_cli.forms import keywords
from connectors_cli.forms.plain_schema import FILLED

IMPOSSIBLE: dict[str, Any] = {"not": {}}
LITERAL = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose values are data, never schemas."""


@dataclass(frozen=True)
class Draft:
    """One draft: how it validates and how its references work."""

    name: str
    uri: str
    original: Any
    specification: Any
    siblings: bool
    """Whether the keywords next to a `$ref` count."""

    @property
    def validator(self) -> Any:
        return _extended(self.name)

    def knows(self, keyword: str) -> bool:
        """Return whether a keyword means something; `const` is meant wherever it is written."""
        return keyword in self.original.VALIDATORS or keyword in keywords.EVERYWHERE


_HTTP = "http://json-schema.org/draft-0{}/schema"
_HTTPS = "https://json-schema.org/draft/{}/schema"
DRAFTS = {
    draft.name: draft
    for draft in (
        Draft("4", _HTTP.format(4), Draft4Validator, specifications.DRAFT4, False),
        Draft("6", _HTTP.format(6), Draft6Validator, specifications.DRAFT6, False),
        Draft("7", _HTTP.format(7), Draft7Validator, specifications.DRAFT7, False),
        Draft(
            "2019-09",
            _HTTPS.format("2019-09"),
            Draft201909Validator,
            specifications.DRAFT201909,
            True,
        ),
        Draft(
            "2020-12",
            _HTTPS.format("2020-12"),
            Draft202012Validator,
            specifications.DRAFT202012,
            True,
        ),
    )
}
DRAFT_3 = _HTTP.format(3)
_BY_URI = {draft.uri.split("//")[1]: draft for draft in DRAFTS.values()}
_VALIDATORS: dict[str, Any] = {}


def _extended(name: str) -> Any:
    if name not in _VALIDATORS:
        _VALIDATORS[name] = keywords.extend(DRAFTS[name].original)
    return _VALIDATORS[name]


def draft_of(schema: Any) -> Draft:
    """Return the draft a schema names, else the newest in which its keywords mean what they say.

    A list of `items`, which 2020-12 gave up, makes a schema one of 2019-09 whatever it says. Raises
    InvalidSchema for draft 3.
    """
    named = schema.get("$schema") if isinstance(schema, dict) else None
    uri = named.strip().rstrip("#/").split("//")[-1] if isinstance(named, str) else ""
    if uri == DRAFT_3.split("//")[1]:
        raise InvalidSchema(
            "the schema is of draft 3, which is not supported: use draft 4 or later"
        )
    found = _BY_URI.get(uri)
    if found is None:
        return DRAFTS[_guess(schema)]
    if found.name == "2020-12" and any(isinstance(n.get("items"), list) for n in _nodes(schema)):
        return DRAFTS["2019-09"]
    return found


def _guess(schema: Any) -> str:
    old = "2020-12"
    for node in _nodes(schema):
        if isinstance(node.get("exclusiveMinimum", node.get("exclusiveMaximum")), bool):
            return "4"
        if _legacy(node):
            old = "7"
    return old


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object in a schema that may be one of its parts."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack += [value for key, value in node.items() if key not in LITERAL]
        elif isinstance(node, list):
            stack += node


def _legacy(node: dict[str, Any]) -> bool:
    return isinstance(node.get("items"), list) or isinstance(node.get("dependencies"), dict)


def normalise(schema: Any) -> Any:
    """A copy in which no part says `$schema`, which would hand it to another draft's validator.

    A `false` among properties or items becomes `{"not": {}}`: only of that jsonschema tells a path.
    """
    if isinstance(schema, list):
        return [normalise(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _normalised(key, value)
        for key, value in schema.items()
        if key != "$schema" or not isinstance(value, str)
    }
    return _with_null(found) if found.get("nullable") is True else found


def _with_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose type may be null too, as OpenAPI says it."""
    names = schema.get("type")
    if not isinstance(names, str | list) or names in ("null", []):
        return schema
    listed = [names] if isinstance(names, str) else names
    with_null = {**schema, "type": [*listed, *([] if "null" in listed else ["null"])]}
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        with_null["enum"] = [*values, None]
    return with_null


def _normalised(key: str, value: Any) -> Any:
    if key in LITERAL and not isinstance(value, dict):
        return value
    if key in ("properties", "patternProperties") and isinstance(value, dict):
        return {name: IMPOSSIBLE if sub is False else normalise(sub) for name, sub in value.items()}
    if key in ("prefixItems", "items") and isinstance(value, list):
        return [IMPOSSIBLE if sub is False else normalise(sub) for sub in value]
    return normalise(value)


def impossible(schema: Any) -> bool:
    """Whether nothing fits a schema, as it says itself."""
    return schema is False or (isinstance(schema, dict) and schema.get("not", False) in ({}, True))


def without_filled(schema: Any) -> Any:
    """The schema without the demand for what a sign-in fills in (changed in place)."""
    stack = [schema]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            stack += node.values()
            _drop_filled(node)
    return schema


def _drop_filled(node: dict[str, Any]) -> None:
    fields, required = node.get("properties"), node.get("required")
    if isinstance(fields, dict) and isinstance(required, list):
        filled = {name for name, sub in fields.items() if isinstance(sub, dict) and FILLED in sub}
        node["required"] = [name for name in required if name not in filled]
