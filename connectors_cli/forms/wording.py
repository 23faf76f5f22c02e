"""Words for what is wrong with a value, without the value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from connectors_cli.errors import Problem
from connectors_cli.forms.plaintext import humanised, plain

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError  # slow to import

    from connectors_cli.forms.plain_schema import Violation

    Error: TypeAlias = ValidationError | Violation

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}
FORMATS = {
    "uri": "a web address",
    "url": "a web address",
    "email": "an email address",
    "idn-email": "an email address",
    "date": "a date like 2026-01-31",
    "date-time": "a time like 2026-01-31T12:00:00Z",
    "time": "a time like 12:00:00Z",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uuid": "a UUID",
    "regex": "a regular expression",
}
PATTERN_DESCRIPTIONS = ("pattern_descriptor", "x-pattern-description", "patternDescription")
OWN = ("errorMessage", "error_message", "x-error-message", "errorMessages")
OWN_PATTERN = ("patternErrorMessage", "x-pattern-message")
"""Keywords in which authors say what is wrong with a value, and with one that its pattern bars."""
LONGEST_EXAMPLE = 60
UNDESCRIBED = "does not have the required form"
SENTENCES = {
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


def problems(errors: Iterable[Error]) -> tuple[Problem, ...]:
    """One problem for each violation; those inside the alternative that was meant stand for it.

    The description of a pattern says what the format says, and more: of both, it alone is told.
    """
    found = dict.fromkeys(problem for error in errors for problem in _explain(error))
    described = {p.path for p in found if p.rule == "pattern" and p.message != UNDESCRIBED}
    return tuple(p for p in found if p.rule != "format" or p.path not in described)


def pattern_description(schema: Any) -> str:
    """Return the words of a schema for what its pattern accepts, such as `24 hex digits`."""
    for keyword in PATTERN_DESCRIPTIONS if isinstance(schema, dict) else ():
        if isinstance(schema.get(keyword), str):
            return plain(schema[keyword])
    return ""


def _explain(error: Error) -> Iterator[Problem]:
    if error.validator in ("anyOf", "oneOf") and error.context:
        meant = _meant(error)
        if meant:
            for inner in meant:
                yield from _explain(inner)
            return
    path = tuple(error.absolute_path)
    yield from _worded(error, path)


def _worded(error: Error, path: tuple[str | int, ...]) -> Iterator[Problem]:
    rule = str(error.validator)
    if rule in MISSING:
        yield Problem((*path, error.message), "required", "is required")
    elif rule == "propertyNames" and error.message == "name":
        yield Problem(path, rule, "is not a name that is allowed here")
    elif rule in EXTRA and error.message == "extra":
        yield Problem(path, rule, "is not a field that is allowed here")
    else:
        problem = Problem(path, rule if error.validator else "false", _sentence(error))
        yield _in_own_words(problem, *_own_words(error.schema))


def _own_words(schema: Any) -> tuple[Any, Any]:
    """The words of a schema for its problems, and those for its pattern."""
    said = schema if isinstance(schema, dict) else {}
    own, pattern = ([said[key] for key in keys if key in said] for keys in (OWN, OWN_PATTERN))
    return next(iter(own), None), next(iter(pattern), None)


def _sentence(error: Error) -> str:
    rule, limit = str(error.validator), error.validator_value
    if rule in ("None", "not") and limit in (None, {}, True):
        return FIXED["false"]
    if rule in WORDERS:
        return WORDERS[rule](error)
    if rule in SENTENCES:
        return SENTENCES[rule].format(limit)
    return FIXED.get(rule, "does not fit the schema")


def _type(error: Error) -> str:
    limit = error.validator_value
    names: Any = [limit] if isinstance(limit, str) else limit
    return "must be " + " or ".join(TYPES.get(name, str(name)) for name in names)


def _format(error: Error) -> str:
    form = str(error.validator_value)
    return _must_be(error, FORMATS.get(form, "")) or f"is not a valid {form}"


def _pattern(error: Error) -> str:
    return _must_be(error, pattern_description(error.schema)) or UNDESCRIBED


def _min_length(error: Error) -> str:
    least = error.validator_value
    return "must not be empty" if least == 1 else f"is shorter than {least} characters"


def _must_be(error: Error, words: str) -> str:
    """Return what a value must be, with the first example of its schema if that is short."""
    examples = error.schema.get("examples") if isinstance(error.schema, dict) else None
    first = examples[0] if isinstance(examples, list) and examples else None
    is_short = isinstance(first, str) and len(first) <= LONGEST_EXAMPLE and first not in words
    example = f", e.g. {first}" if is_short else ""
    return f"must be {words}{example}" if words else ""


def _one_of(error: Error) -> str:
    word, *numbers = error.message.split(" ")
    return _several(error, list(map(int, numbers))) if word == "several" else FIXED["anyOf"]


def _not(error: Error) -> str:
    word, *names = error.message.split("\n")
    return _together(names) if word == "together" else FIXED["not"]


def _several(error: Error, numbers: list[int]) -> str:
    """Say which branches a value fits that may fit one only, where they have titles."""
    branches: Any = error.validator_value
    titles = [branches[n].get("title") if isinstance(branches[n], dict) else "" for n in numbers]
    if not numbers or not all(isinstance(title, str) and title for title in titles):
        return "fits more than one of the alternatives"
    return f"fits more than one of the alternatives: {' and '.join(titles)}"


def _together(names: list[str]) -> str:
    if not names:
        return FIXED["false"]
    return f"cannot be given together with {' and '.join(map(humanised, names))}"


WORDERS: dict[str, Callable[[Error], str]] = {
    "type": _type,
    "format": _format,
    "pattern": _pattern,
    "minLength": _min_length,
    "oneOf": _one_of,
    "not": _not,
}


def reworded(found: Iterable[Problem], own: Any, pattern: Any) -> tuple[Problem, ...]:
    """Return problems of a value itself in its author's words.

    `own` is a sentence, or sentences by keyword; `pattern` is the one for a pattern.
    """
    return tuple(
        problem if problem.path else _in_own_words(problem, own, pattern) for problem in found
    )


def _in_own_words(problem: Problem, own: Any, pattern: Any) -> Problem:
    words = own.get(problem.rule) if isinstance(own, dict) else own
    if problem.rule == "pattern" and isinstance(pattern, str):
        words = pattern
    if not isinstance(words, str) or not words.strip():
        return problem
    return Problem(problem.path, problem.rule, plain(words).rstrip("."))


def _meant(error: Error) -> list[Error]:
    """The violations of the alternative that was meant: the only one whose type it has."""
    branches: dict[Any, list[Error]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0] if inner.schema_path else None, []).append(inner)
    near = [found for found in branches.values() if not any(map(_contradicts, found))]
    return near[0] if len(near) == 1 else []


def _contradicts(error: Error) -> bool:
    top = len(error.relative_path) == 0
    return (error.validator == "type" and top) or error.validator in ("const", "enum", None)
