"""The words of a prompt: what a question says, and values as they may be shown."""

import json
import textwrap
from typing import Any

from prompt_toolkit.utils import get_cwidth

from connectors_cli.forms import Kind, Question
from connectors_cli.forms.plaintext import plain
from connectors_cli.forms.secrets import is_secret

DOTS = "••••••"
NOTHING = "—"
FORMATS = {
    "uri": "a web address",
    "url": "a web address",
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "date": "a date like 2026-01-31",
    "date-time": "a time like 2026-01-31T12:00:00Z",
    "time": "a time like 12:00:00Z",
    "hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uuid": "a UUID",
    "regex": "a regular expression",
}
PATTERN_WORDS = ("pattern_descriptor", "x-pattern-description", "patternDescription")
LONGEST_PATTERN = 40
HELP_LINES = 3
DEEPEST = 12


def clean(text: str) -> str:
    """One line that no terminal acts on: control and invisible characters are spelled out."""
    line = " ".join(text.split("\n"))
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in line
    )


def cut(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis where it takes more columns."""
    if get_cwidth(text) <= width:
        return text
    kept, used = "", 1
    for char in text:
        used += get_cwidth(char)
        if used > width:
            break
        kept += char
    return kept.rstrip() + "…"


def padded(text: str, width: int) -> str:
    """The text cut or filled up to so many columns."""
    text = cut(text, width)
    return text + " " * (width - get_cwidth(text))


def wrapped(text: str, width: int, lines: int = HELP_LINES) -> list[str]:
    """A text as indented lines, at most so many of them."""
    found = textwrap.wrap(
        clean(text), max(width - 4, 20), max_lines=lines, placeholder=" …", break_on_hyphens=False
    )
    return [f"  {line}" for line in found]


def help_of(question: Question) -> str:
    """The first paragraph of a question's help, unless it only repeats the title."""
    text = question.help.strip().partition("\n\n")[0]
    return "" if text.rstrip(".").casefold() == question.title.casefold() else text


def rule(question: Question) -> str:
    """What an answer must be, with an example: `a whole number, 1 to 65535 · e.g. 443`."""
    schema = question.schema if isinstance(question.schema, dict) else {}
    words = [word for word in (_type(question, schema), *_bounds(question, schema)) if word]
    said = [", ".join(words)]
    if question.examples and question.kind is not Kind.BOOLEAN:
        said.append(f"e.g. {cut(shown(question.examples[0]), 60)}")
    return " · ".join(part for part in said if part)


def _type(question: Question, schema: dict[str, Any]) -> str:
    if question.kind is Kind.INTEGER:
        return "a whole number"
    if question.kind is Kind.NUMBER:
        return "a number"
    if question.kind is Kind.JSON:
        return "JSON"
    form = schema.get("format")
    if question.kind is Kind.TEXT and isinstance(form, str) and form != "password":
        return FORMATS.get(form, "" if len(form) > 20 else clean(form))
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
    for keyword in PATTERN_WORDS:
        if isinstance(schema.get(keyword), str):
            return [cut(clean(plain(schema[keyword])), 80)]
    pattern = schema.get("pattern")
    described = "format" in schema or schema.get("examples")
    if isinstance(pattern, str) and len(pattern) <= LONGEST_PATTERN and not described:
        return [f"of the form {clean(pattern)}"]
    return []


def is_hidden(question: Question) -> bool:
    """Whether an answer is typed and shown as dots: marked secret, named so, or holding one."""
    if question.secret:
        return True
    if question.kind is Kind.JSON:
        return _holds_secret(question.schema)
    return question.suspected and question.kind is Kind.TEXT


def _holds_secret(schema: Any, depth: int = 0) -> bool:
    if depth > DEEPEST:
        return True
    if isinstance(schema, list):
        return any(_holds_secret(inner, depth + 1) for inner in schema)
    if not isinstance(schema, dict):
        return False
    return is_secret(schema) or any(_holds_secret(v, depth + 1) for v in schema.values())


def answered(question: Question, value: Any) -> str:
    """An answer as it may be shown."""
    if value is None and (question.kind is not Kind.JSON or not question.required):
        return NOTHING
    if is_hidden(question) and question.kind not in (Kind.BRANCH, Kind.INCLUDE):
        return DOTS
    return _chosen(question, value) if question.choices else shown(value)


def _chosen(question: Question, value: Any) -> str:
    picked = value if question.kind is Kind.CHOICES else [value]
    labels = [c.label for c in question.choices if any(same(c.value, item) for item in picked)]
    return clean(", ".join(labels)) or "none"


def shown(value: Any) -> str:
    """A value that is no secret, on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return clean(json.dumps(value, ensure_ascii=False))
    if value == "":
        return '""'
    first, *rest = value.split("\n")
    more = len([line for line in rest if line])
    return f"{clean(first)} (+{more} line{'s' * (more > 1)})" if more else clean(first)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal; true is not 1."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)
