"""The text of a question: its help, its rule, and answers as they may be shown."""

import json
from typing import Any

from connectors_cli.forms.question import Kind, Question
from connectors_cli.forms.secrets import is_secret
from connectors_cli.forms.wording import FORMATS, pattern_description
from connectors_cli.system.cells import cut
from connectors_cli.system.text import printable

DOTS = "••••••"
NOTHING = "—"
LONGEST_PATTERN = 40
DEEPEST = 12


def one_line(text: str) -> str:
    """Return text as one line on which no terminal acts."""
    return printable(" ".join(text.split("\n")))


def help_of(question: Question) -> str:
    """Return the first paragraph of a question's help, unless it only repeats the title."""
    text = question.help.strip().partition("\n\n")[0]
    return "" if text.rstrip(".").casefold() == question.title.casefold() else text


def rule(question: Question) -> str:
    """Return what an answer must be, with an example: `a whole number, 1 to 65535 · e.g. 443`."""
    schema = question.schema if isinstance(question.schema, dict) else {}
    words = [word for word in (_type(question, schema), *_bounds(question, schema)) if word]
    rules = [", ".join(words)]
    if question.examples and question.kind is not Kind.BOOLEAN:
        rules.append(f"e.g. {cut(value_text(question.examples[0]), 60)}")
    return " · ".join(text for text in rules if text)


def _type(question: Question, schema: dict[str, Any]) -> str:
    if question.kind is Kind.INTEGER:
        return "a whole number"
    if question.kind is Kind.NUMBER:
        return "a number"
    if question.kind is Kind.JSON:
        return "JSON"
    form = schema.get("format")
    if question.kind is not Kind.TEXT or pattern_description(schema):
        return ""
    if isinstance(form, str) and form != "password":
        return FORMATS.get(form, "" if len(form) > 20 else one_line(form))
    return ""


def _bounds(question: Question, schema: dict[str, Any]) -> list[str]:
    if question.kind is Kind.TEXT:
        least, most = schema.get("minLength"), schema.get("maxLength")
        found = _span(least if least != 1 else None, most, " characters")
        return [*([found] if found else []), *_pattern(schema)]
    if question.kind in (Kind.INTEGER, Kind.NUMBER):
        return _range(schema)
    if question.kind is Kind.CHOICES:
        found = _span(schema.get("minItems"), schema.get("maxItems"), " of them")
        return [found] if found else []
    return []


def _range(schema: dict[str, Any]) -> list[str]:
    found = [_span(schema.get("minimum"), schema.get("maximum"), "")]
    for keyword, words in (("exclusiveMinimum", "more than"), ("exclusiveMaximum", "less than")):
        limit = schema.get(keyword)
        if isinstance(limit, int | float) and not isinstance(limit, bool):
            found.append(f"{words} {limit}")
    if isinstance(schema.get("multipleOf"), int | float):
        found.append(f"a multiple of {schema['multipleOf']}")
    return [words for words in found if words]


def _span(least: Any, most: Any, unit: str) -> str:
    low = isinstance(least, int | float)
    high = isinstance(most, int | float)
    if low and high:
        return f"{least}{unit}" if least == most else f"{least} to {most}{unit}"
    if low:
        return f"at least {least}{unit}"
    return f"at most {most}{unit}" if high else ""


def _pattern(schema: dict[str, Any]) -> list[str]:
    if words := pattern_description(schema):
        return [cut(one_line(words), 80)]
    pattern = schema.get("pattern")
    described = "format" in schema or schema.get("examples")
    if isinstance(pattern, str) and len(pattern) <= LONGEST_PATTERN and not described:
        return [f"of the form {one_line(pattern)}"]
    return []


def is_hidden(question: Question) -> bool:
    """Return whether an answer is never echoed and is shown as dots.

    It is when the schema marks it or something inside it as secret, or when its name says so.
    """
    if question.secret:
        return True
    if question.kind is Kind.JSON:
        return _contains_secret(question.schema)
    return question.suspected and question.kind is Kind.TEXT


def _contains_secret(schema: Any, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return True
    if isinstance(schema, list):
        return any(_contains_secret(inner, depth + 1) for inner in schema)
    if not isinstance(schema, dict):
        return False
    return is_secret(schema) or any(_contains_secret(v, depth + 1) for v in schema.values())


def answer_text(question: Question, value: Any) -> str:
    """Return an answer as it may be shown: a secret as dots, a choice by its label."""
    if value is None and (question.kind is not Kind.JSON or not question.required):
        return NOTHING
    if is_hidden(question) and question.kind not in (Kind.BRANCH, Kind.INCLUDE):
        return DOTS
    return _chosen(question, value) if question.choices else value_text(value)


def _chosen(question: Question, value: Any) -> str:
    picked = value if question.kind is Kind.CHOICES else [value]
    labels = [c.label for c in question.choices if any(same(c.value, item) for item in picked)]
    return one_line(", ".join(labels)) or "none"


def value_text(value: Any) -> str:
    """Return a value that is not secret as one line; of a text with more lines, the first."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return one_line(json.dumps(value, ensure_ascii=False))
    if value == "":
        return '""'
    first, *rest = value.split("\n")
    more = len([line for line in rest if line])
    return f"{one_line(first)} (+{more} line{'s' * (more > 1)})" if more else one_line(first)


def same(one: Any, other: Any) -> bool:
    """Return whether two JSON values are equal; true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
