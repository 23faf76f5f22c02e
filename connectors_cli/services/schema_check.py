"""The check of values against a schema while some of them have not been read yet."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors_cli.documents.sources import unread_fields
from connectors_cli.errors import Problem

Check = Callable[[Any], tuple[Problem, ...]]
_UNCONDITIONAL = (
    *("$schema", "$id", "$defs", "definitions", "type", "properties", "required"),
    "additionalProperties",
)


def check_values(
    schema: Any, values: Mapping[str, Any], check: Check | None = None
) -> tuple[Problem, ...]:
    """Return the problems of a part's values; unread values have none.

    `check` is the compiled check of the schema.
    """
    from connectors_cli.forms.validation import problems  # slow to import

    unread = unread_fields(values)
    if not unread:
        return problems(schema, values) if check is None else check(values)
    found = problems(without_unread(schema, values), values)
    return tuple(p for p in found if not p.path or p.path[0] not in unread)


def without_unread(schema: Any, values: Mapping[str, Any]) -> Any:
    """Return a schema that accepts anything for the fields whose values were not read.

    An unread value that a condition looks at makes every condition undecided: then only the rules
    that hold without one stay.
    """
    unread = unread_fields(values)
    if not unread:
        return schema
    if not unread.isdisjoint(_looked_at(schema)):
        schema = {k: schema[k] for k in _UNCONDITIONAL if k in schema}
    known = schema.get("properties", {})
    anything = {name: {"title": name} for name in unread if name in known}
    return {**schema, "properties": {**known, **anything}}


def _looked_at(schema: Any) -> Iterator[str]:
    """Yield the names of properties that a schema mentions outside its own `properties`."""
    for keyword, value in schema.items() if isinstance(schema, dict) else ():
        if keyword not in _UNCONDITIONAL:
            yield from _properties_in(value)


def _properties_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        named = value.get("properties")
        yield from named if isinstance(named, dict) else ()
        for inner in value.values():
            yield from _properties_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _properties_in(inner)
