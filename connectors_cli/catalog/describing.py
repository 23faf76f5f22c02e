"""What people are told of an entry: its fields."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors_cli.catalog.entry import Entry, Part
from connectors_cli.catalog.pointers import resolve

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


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """One field of config or auth; `flag` supplies it, and is None where signing in fills it."""

    name: str
    part: Part
    type: str
    title: str
    description: str
    required: bool
    secret: bool
    default: Any
    example: Any
    filled_by_flow: bool
    flag: str | None

    @property
    def supplied_by(self) -> str:
        """The flag, or the words that say that there is none."""
        return self.flag or "filled by sign-in"


def fields(entry: Entry) -> tuple[FieldInfo, ...]:
    """Every top-level field, config first, in the order of the schemas."""
    return (*_fields("config", entry.config_schema), *_fields("auth", entry.auth_schema))


def is_filled_by_flow(schema: Any) -> bool:
    """Whether signing in fills a field, so that nothing asks for it."""
    return isinstance(schema, dict) and schema.get("x-filled-by") == "flow"


def first_example(schema: dict[str, Any]) -> Any:
    """The first of a subschema's examples, None without."""
    examples = schema.get("examples")
    return examples[0] if isinstance(examples, list) and examples else schema.get("example")


def required_names(schema: dict[str, Any]) -> list[str]:
    """What an object schema requires; drafts before 4 have true or false there."""
    required = schema.get("required")
    return required if isinstance(required, list) else []


def type_words(root: Any, schema: Any, depth: int = 0) -> str:
    """The type of a subschema in words: `text`, `one of a, b`, `text or nothing`."""
    found = resolve(root, schema)
    values = _values(root, found)
    if values is not None:
        return _one_of(values)
    branches = found.get("oneOf") or found.get("anyOf")
    if isinstance(branches, list) and "type" not in found and depth < _DEEPEST:
        return _either(type_words(root, branch, depth + 1) for branch in branches)
    return _either(_TYPE_WORDS.get(name, "anything") for name in _types(found))


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
    """The values of an enum, a const, or a oneOf of consts; None where it is none of these."""
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
