"""The check of values against plain schemas, without jsonschema, which is slow to import.

A plain schema has no references, conditions or branches, as almost all of the catalog are. The
problems are those that `forms.compiled` finds, in the same order.
"""

from __future__ import annotations

from connectors_cli.forms.equality import canonical
from connectors_cli.forms.limits import bounded, numbers_without_end, spend

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from connectors_cli.errors import Problem

    Path = tuple[str | int, ...]
    Keyword = Callable[[Any, Any, dict[str, Any]], Iterator["Violation"]]

DRAFTS = frozenset(
    {
        None,
        "https://json-schema.org/draft/2020-12/schema",
        "http://json-schema.org/draft-07/schema#",
    }
)
"""The drafts of a root, in which the keywords of plain schemas mean the same."""
FILLED = "x-filled-by"
ANNOTATIONS = frozenset(
    {
        *("title", "description", "default", "examples", "writeOnly", "readOnly", "deprecated"),
        *("$comment", "x-pattern-description", "x-env", "x-env-for", FILLED),
    }
)


class Violation:
    """What one keyword found, with the attributes of jsonschema's errors that `wording` reads."""

    __slots__ = ("absolute_path", "message", "schema", "validator", "validator_value")
    context: tuple[Violation, ...] = ()
    schema_path: Path = ()

    def __init__(self, message: str = "", path: Path = ()) -> None:
        self.message = message
        self.absolute_path = path
        self.schema: Any = None
        self.validator = ""
        self.validator_value: Any = None

    @property
    def relative_path(self) -> Path:
        """The path again: a plain schema has no branches."""
        return self.absolute_path

    def of(self, keyword: str, value: Any, schema: Any) -> Violation:
        """Return this violation as one of a keyword, unless it is one of a part already."""
        if not self.validator:
            self.validator, self.validator_value, self.schema = keyword, value, schema
        return self

    def inside(self, step: str | int) -> Violation:
        """Return this violation of a part, seen from the whole."""
        self.absolute_path = (step, *self.absolute_path)
        return self


def is_plain(schema: Any) -> bool:
    """Return whether a schema is plain."""
    if not isinstance(schema, dict) or schema.get("$schema") not in DRAFTS:
        return False
    return all(
        keyword == "$schema" or _is_known(keyword, value) for keyword, value in schema.items()
    )


def problems(
    schema: dict[str, Any], instance: Any, quick: dict[str, Any] | None = None
) -> tuple[Problem, ...]:
    """Return every violation of a plain schema, worded without the value.

    `quick` is the schema without annotations: what it accepts, the schema accepts.
    """
    endless = tuple(numbers_without_end(instance))
    if endless:
        return endless
    if quick is not None and bounded(lambda: next(_violations(quick, instance), None)) is None:
        return ()
    found = bounded(lambda: tuple(_violations(schema, instance)))
    if not isinstance(found, tuple):
        return (found,)
    if not found:
        return ()
    from connectors_cli.forms import wording  # only for what is wrong

    return wording.problems(found)


def without_annotations(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a plain schema with nothing but what checks values."""
    return {
        keyword: _bare(keyword, value) for keyword, value in schema.items() if keyword in _CHECKS
    }


def _bare(keyword: str, value: Any) -> Any:
    if keyword == "properties":
        return {name: without_annotations(inner) for name, inner in value.items()}
    return without_annotations(value) if keyword == "items" else value


def _is_known(keyword: str, value: Any) -> bool:
    if keyword in ANNOTATIONS:
        return True
    is_valid = _VALUES.get(keyword)
    return is_valid is not None and is_valid(value)


def _violations(schema: dict[str, Any], instance: Any) -> Iterator[Violation]:
    for keyword, value in schema.items():
        check = _CHECKS.get(keyword)
        if check is not None:
            spend()
            for found in check(value, instance, schema):
                yield found.of(keyword, value, schema)


def _is_subschema(value: Any) -> bool:
    return "$schema" not in value and is_plain(value) if isinstance(value, dict) else False


def _is_type(instance: Any, name: str) -> bool:
    if name == "integer" and isinstance(instance, float):
        return instance.is_integer()
    is_bool = isinstance(instance, bool) and name in {"integer", "number"}
    return isinstance(instance, _TYPES[name]) and not is_bool


def _type(value: str, instance: Any, _: Any) -> Iterator[Violation]:
    if not _is_type(instance, value):
        yield Violation()


def _properties(value: Any, instance: Any, _: Any) -> Iterator[Violation]:
    if isinstance(instance, dict):
        for name, schema in value.items():
            if name in instance:
                yield from (e.inside(name) for e in _violations(schema, instance[name]))


def _additional(value: bool, instance: Any, schema: dict[str, Any]) -> Iterator[Violation]:
    if isinstance(instance, dict) and not value:
        known = schema.get("properties", ())
        yield from (Violation("extra", (name,)) for name in instance if name not in known)


def _required(value: list[str], instance: Any, _: Any) -> Iterator[Violation]:
    if isinstance(instance, dict):
        yield from (Violation(name) for name in value if name not in instance)


def _items(value: Any, instance: Any, _: Any) -> Iterator[Violation]:
    if isinstance(instance, list):
        for index, item in enumerate(instance):
            yield from (found.inside(index) for found in _violations(value, item))


def _unique(value: bool, instance: Any, _: Any) -> Iterator[Violation]:
    if value and isinstance(instance, list):
        spend(len(instance) // 10)
        if len({canonical(item) for item in instance}) < len(instance):
            yield Violation()


def _enum(value: list[Any], instance: Any, _: Any) -> Iterator[Violation]:
    if canonical(instance) not in map(canonical, value):
        yield Violation()


def _pattern(value: str, instance: Any, _: Any) -> Iterator[Violation]:
    if isinstance(instance, str):
        from connectors_cli.forms.regex.match import found  # only for patterns

        if not found(value, instance):
            yield Violation()


def _format(value: str, instance: Any, schema: dict[str, Any]) -> Iterator[Violation]:
    if isinstance(instance, str):
        from connectors_cli.forms.formats import holds

        if not holds(value, instance, schema.get("pattern")):
            yield Violation()


def _limit(name: str, is_beyond: Callable[[Any, Any], bool]) -> Keyword:
    """Return the check of a limit on the length, size or value of a type of values."""

    def check(value: Any, instance: Any, _: Any) -> Iterator[Violation]:
        if _is_type(instance, name) and is_beyond(instance, value):
            yield Violation()

    return check


_TYPES: dict[str, Any] = {
    "string": str,
    "object": dict,
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_CHECKS: dict[str, Keyword] = {
    "type": _type,
    "properties": _properties,
    "additionalProperties": _additional,
    "required": _required,
    "items": _items,
    "uniqueItems": _unique,
    "enum": _enum,
    "pattern": _pattern,
    "format": _format,
    "minLength": _limit("string", lambda text, least: len(text) < least),
    "maxLength": _limit("string", lambda text, most: len(text) > most),
    "minItems": _limit("array", lambda items, least: len(items) < least),
    "maxItems": _limit("array", lambda items, most: len(items) > most),
    "minimum": _limit("number", lambda number, least: number < least),
    "maximum": _limit("number", lambda number, most: number > most),
}


def _is_count(value: Any) -> bool:
    return type(value) is int


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


_VALUES: dict[str, Callable[[Any], bool]] = {
    "type": lambda value: isinstance(value, str) and value in _TYPES,
    "properties": lambda value: isinstance(value, dict) and all(map(_is_subschema, value.values())),
    "additionalProperties": lambda value: isinstance(value, bool),
    "required": _are_names,
    "items": _is_subschema,
    "uniqueItems": lambda value: isinstance(value, bool),
    "enum": lambda value: isinstance(value, list),
    "pattern": lambda value: isinstance(value, str),
    "format": lambda value: isinstance(value, str),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _is_count),
    **dict.fromkeys(("minimum", "maximum"), _is_number),
}
"""What the value of each keyword is in a plain schema."""
