"""The fields of an entry, as people see them."""

from __future__ import annotations

import json

from connectors_cli.catalog.variables import named
from connectors_cli.forms.references import resolve

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from connectors_cli.catalog.entry import Entry, Part

_TYPE_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes/no",
    "object": "object",
    "array": "list",
    "null": "nothing",
}
_SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
_ALL_LISTED = 8
_DEEPEST = 8


class FieldInfo:
    """A field of config or auth; `flag` sets it and is None where signing in fills it."""

    __slots__ = (
        *("name", "part", "type", "title", "description", "required", "secret", "default"),
        *("example", "filled_by_flow", "flag", "variable", "variable_for"),
    )

    def __init__(  # noqa: PLR0913 - the columns of `catalog show`
        self,
        *,
        name: str,
        part: Part,
        type: str,  # noqa: A002 - the name in JSON
        title: str,
        description: str,
        required: bool,
        secret: bool,
        default: Any,
        example: Any,
        filled_by_flow: bool,
        flag: str | None,
        variables: dict[str | None, str],
    ) -> None:
        self.name, self.part, self.type = name, part, type
        self.title, self.description = title, description
        self.required, self.secret = required, secret
        self.default, self.example = default, example
        self.filled_by_flow, self.flag = filled_by_flow, flag
        self.variable = variables.get(None)
        self.variable_for = {tool: name for tool, name in variables.items() if tool}

    def as_object(self) -> dict[str, Any]:
        """Return the JSON object of the field."""
        found = {name: getattr(self, name) for name in self.__slots__}
        return {**found, "supplied_by": self.supplied_by}

    @property
    def supplied_by(self) -> str:
        """The flag, or `filled by sign-in`."""
        return self.flag or "filled by sign-in"


def fields(entry: Entry) -> tuple[FieldInfo, ...]:
    """Return the top-level fields, config first, in the order of the schemas."""
    return (*_fields("config", entry.config_schema), *_fields("auth", entry.auth_schema))


def public_fields(entry: Entry) -> frozenset[str]:
    """Return the names of credentials that are not secret, such as a user's name."""
    from connectors_cli.forms.secrets import secret_properties

    schema = entry.auth_schema
    return frozenset(schema.get("properties", {})).difference(secret_properties(schema))


def secret_texts(entry: Entry, auth: Mapping[str, Any]) -> list[str]:
    """Return every secret in a connector's credentials as text, for masking: numbers, too.

    What a type does not mark as secret, such as a user's name, is not among them.
    """
    from connectors_cli.forms.secrets import secret_values

    known = entry.auth_schema.get("properties", {})
    described = {name: value for name, value in auth.items() if name in known}
    others = [value for name, value in auth.items() if name not in known]
    found = [*secret_values(entry.auth_schema, described)]
    for value in others:
        found += _all_within(value)
    return [text for value in found for text in _as_texts(value)]


def _all_within(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _all_within(inner)


def _as_texts(value: Any) -> Iterator[str]:
    """Yield a value as `run` hands it on: text as it is, objects and numbers as JSON."""
    if isinstance(value, str):
        yield value
    elif value and not isinstance(value, bool):
        yield json.dumps(value)


def is_filled_by_flow(schema: Any) -> bool:
    """Return whether signing in fills a field, so that no prompt asks for it."""
    return isinstance(schema, dict) and schema.get("x-filled-by") == "flow"


def flow_fields(entry: Entry) -> frozenset[str]:
    """Return the fields, of settings and credentials, that a sign-in fills."""
    return frozenset(
        name
        for schema in (entry.config_schema, entry.auth_schema)
        for name, inner in schema.get("properties", {}).items()
        if is_filled_by_flow(resolve(schema, inner))
    )


def first_example(schema: dict[str, Any]) -> Any:
    """Return the first example of a subschema, else None."""
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else schema.get("example")


def required_names(schema: dict[str, Any]) -> list[str]:
    """Return the names that an object schema requires; before draft 4 `required` is a boolean."""
    required = schema.get("required")
    return required if isinstance(required, list) else []


def type_words(root: Any, schema: Any, depth: int = 0) -> str:
    """Return the type of a subschema in words: `text`, `one of a, b`, `text or nothing`."""
    found = resolve(root, schema)
    values = _values(root, found)
    if values is not None:
        return _one_of(values)
    branches = found.get("oneOf") or found.get("anyOf")
    if isinstance(branches, list) and "type" not in found and depth < _DEEPEST:
        return _either(type_words(root, branch, depth + 1) for branch in branches)
    return _either(_TYPE_WORDS.get(name, "anything") for name in _types(found))


def allowed_values(entry: Entry, name: str) -> list[str]:
    """Return the values of a field that has only some, as `--set` accepts them; else nothing."""
    for schema in (entry.config_schema, entry.auth_schema):
        found = resolve(schema, schema.get("properties", {}).get(name, {}))
        if found.get("type") == "boolean":
            return ["true", "false"]
        values = _values(schema, found) or ()
        if words := [v if isinstance(v, str) else json.dumps(v) for v in values]:
            return words
    return []


def _fields(part: Part, schema: dict[str, Any]) -> Iterator[FieldInfo]:
    from connectors_cli.forms.secrets import secret_properties

    secrets = secret_properties(schema)
    required = required_names(schema)
    for name, property_schema in schema.get("properties", {}).items():
        found = resolve(schema, property_schema)
        secret, by_flow = name in secrets, is_filled_by_flow(found)
        yield FieldInfo(
            name=name,
            part=part,
            type=type_words(schema, found),
            title=str(found.get("title", "")),
            description=str(found.get("description", "")),
            required=name in required,
            secret=secret,
            default=None if secret else found.get("default"),
            example=first_example(found),
            filled_by_flow=by_flow,
            flag=None if by_flow else _flag(name, secret, _is_plain(schema, found)),
            variables=named(found),
        )


def _flag(name: str, secret: bool, plain: bool) -> str:
    if secret:
        return f"--secret {name}=SOURCE"
    return f"--set {name}=..." if plain else f"--set-json {name}=..."


def _is_plain(root: Any, found: dict[str, Any]) -> bool:
    values = _values(root, found)
    if values is not None:
        return not any(isinstance(value, dict | list) for value in values)
    return "type" in found and _SCALARS.issuperset(_types(found))


def _types(found: dict[str, Any]) -> list[Any]:
    types = found.get("type", "object" if "properties" in found else None)
    return types if isinstance(types, list) else [types]


def _values(root: Any, found: dict[str, Any]) -> list[Any] | None:
    """Return the values of an enum, a const or a oneOf of consts, else None."""
    if isinstance(found.get("enum"), list):
        return list(found["enum"])
    if "const" in found:
        return [found["const"]]
    branches = found.get("oneOf") or found.get("anyOf") or ()
    options = [resolve(root, branch) for branch in branches]
    if options and all("const" in option for option in options):
        return [option["const"] for option in options]
    return None


def _one_of(values: list[Any]) -> str:
    if len(values) > _ALL_LISTED:
        return f"one of {len(values)} values"
    words = [
        value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
        for value in values
    ]
    return f"always {words[0]}" if len(words) == 1 else f"one of {', '.join(words)}"


def _either(words: Iterable[str]) -> str:
    return " or ".join(dict.fromkeys(words))
