"""Writing a file of connectors, one connector at a time: JSON, YAML 1.2 or TOML; values as YAML."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from connectors_cli.errors import InvalidInput
from connectors_cli.system.text import is_unicode

FORMATS = ("yaml", "json", "toml")
_PLAIN = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./@+=-]|:(?=[^\s])| (?=[A-Za-z0-9_./@+=-]))*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
_SHORT = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_NEL = {"\x85", "\u2028", "\u2029", "\ufeff"}


def write(
    form: str, head: dict[str, Any], items: Iterable[dict[str, Any]], end: Iterator[dict[str, Any]]
) -> Iterator[str]:
    """Yield the text of a file: its head, each connector, then the one value of `end`.

    `end` is asked for its value once all connectors are written. Raises InvalidInput for a value
    that the format cannot express.
    """
    return {"json": _json, "yaml": _yaml, "toml": _toml}[form](head, items, end)


def _json(
    head: dict[str, Any], items: Iterable[dict[str, Any]], end: Iterator[dict[str, Any]]
) -> Iterator[str]:
    yield "{\n" + "".join(f"{json.dumps(n)}: {json.dumps(v)},\n" for n, v in head.items())
    yield '"connectors": ['
    comma = "\n"
    for item in items:
        yield comma + json.dumps(item)
        comma = ",\n"
    yield f'\n],\n"end": {json.dumps(next(end))}\n}}\n'


def _yaml(
    head: dict[str, Any], items: Iterable[dict[str, Any]], end: Iterator[dict[str, Any]]
) -> Iterator[str]:
    yield "".join(_yaml_fields(head, ""))
    before = "connectors:\n"
    for item in items:
        lines = "".join(_yaml_fields(item, "  "))
        yield f"{before}- {lines[2:]}"
        before = ""
    if before:
        yield "connectors: []\n"
    yield "".join(_yaml_fields({"end": next(end)}, ""))


def as_yaml(value: Any) -> Iterator[str]:
    """Yield any JSON value as a YAML document; raises InvalidInput for what only JSON expresses."""
    if isinstance(value, dict) and value:
        yield from _yaml_fields(value, "")
    elif isinstance(value, list) and value:
        yield from _yaml_items(value, "")
    else:
        yield _flow(value) + "\n"


def _yaml_fields(values: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in values.items():
        yield from _yaml_value(f"{indent}{_word(name)}:", value, indent + "  ")


def _yaml_value(before: str, value: Any, indent: str) -> Iterator[str]:
    """Yield the lines of a value that follows a name or a dash."""
    if isinstance(value, dict) and value and not _is_reference(value):
        yield f"{before}\n"
        yield from _yaml_fields(value, indent)
    elif isinstance(value, list) and value and any(isinstance(v, dict | list) for v in value):
        yield f"{before}\n"
        yield from _yaml_items(value, indent)
    else:
        yield f"{before} {_flow(value)}\n"


def _yaml_items(items: list[Any], indent: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, dict) and item and not _is_reference(item):
            fields = "".join(_yaml_fields(item, indent + "  "))
            yield f"{indent}- {fields[len(indent) + 2 :]}"
        else:
            yield from _yaml_value(f"{indent}-", item, indent + "  ")


def _is_reference(value: dict[str, Any]) -> bool:
    return len(value) == 1 and isinstance(value.get("env"), str)


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_word(n)}: {_flow(v)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _word(value) if isinstance(value, str) else _number(value)


def _word(text: str) -> str:
    """Return a text as YAML, in quotes where a reader could take it for another type."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else _quoted(text)


def _number(value: Any) -> str:
    """Return null, a boolean or a number; YAML 1.1 needs a point in 1e+22."""
    text = json.dumps(value)
    return text.replace("e", ".0e") if isinstance(value, float) and "." not in text else text


def _quoted(text: str) -> str:
    """Return a text in double quotes, as both YAML and TOML read it."""
    _check_unicode(text)
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _check_unicode(text: str) -> None:
    if not is_unicode(text):
        raise InvalidInput(
            "a value contains half of a character (a lone surrogate), which only JSON can express",
            hint="use --format json",
        )


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if char.isprintable() or (char > "\xa0" and char not in _NEL and ord(char) < 0xFFFE):
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


# By hand, not by tomli-w: that writes values before tables, so that the order of keys is lost, and
# every {env = "..."} as a table of its own.
def _toml(
    head: dict[str, Any], items: Iterable[dict[str, Any]], end: Iterator[dict[str, Any]]
) -> Iterator[str]:
    yield "".join(f"{_key(n)} = {_inline(v)}\n" for n, v in head.items())
    empty = True
    for item in items:
        empty = False
        tables = {name: value for name, value in item.items() if isinstance(value, dict)}
        yield "\n[[connectors]]\n"
        yield "".join(f"{_key(n)} = {_inline(v)}\n" for n, v in item.items() if n not in tables)
        for name, table in tables.items():
            yield f"[connectors.{_key(name)}]\n"
            yield "".join(f"{_key(n)} = {_inline(v)}\n" for n, v in table.items())
    if empty:
        yield "connectors = []\n"
    yield "\n[end]\n" + "".join(f"{_key(n)} = {_inline(v)}\n" for n, v in next(end).items())


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _inline(value: Any) -> str:
    if value is None:
        raise InvalidInput("a value is null, which TOML cannot express", hint="use --format yaml")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(n)} = {_inline(v)}" for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _quoted(value) if isinstance(value, str) else _number(value)
