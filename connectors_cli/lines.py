"""On which line of a document a value stands; looked for only when something is wrong there."""

import json
import re
from typing import Any

from connectors_cli import yaml_values

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+')
_HEADER = re.compile(r"\[\[\s*connectors\s*\]\]")
_TABLE = re.compile(r"\[\s*connectors\.(\w+)\s*\]")
_FIELD = re.compile(r"""(?:connectors\.)?["']?([\w.-]+)["']?\s*=""")
DEEPEST = 64


def lines_of(text: str, kind: str) -> dict[Path, int]:
    """Return the line of each value of a text that was read as yaml, json or toml.

    A path begins with the number of the document. Of TOML only tables and their fields are known.
    """
    found: dict[Path, int] = {}
    if kind == "yaml":
        yaml_values.parse(text, "", DEEPEST, found)
        return found
    return _json_lines(text) if kind == "json" else _toml_lines(text)


def nearest(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing it stands in."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _json_lines(text: str) -> dict[Path, int]:
    found: dict[Path, int] = {}
    stack: list[list[Any]] = []
    path: list[Any] = [0]
    line, last = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", last, token.start())
        last = token.start()
        word = token[0]
        if word in "}]":
            stack.pop()
            path.pop()
        elif word == ",":
            path[-1] = None if path[-1] is None or isinstance(path[-1], str) else path[-1] + 1
        elif stack and path[-1] is None:
            path[-1] = json.loads(word)
            found[tuple(path)] = line
        else:
            if stack and isinstance(path[-1], int):
                found[tuple(path)] = line
            if word in "{[":
                stack.append([word])
                path.append(None if word == "{" else 0)
    return found


def _toml_lines(text: str) -> dict[Path, int]:
    found: dict[Path, int] = {}
    number, part = -1, ""
    for line, words in enumerate(map(str.strip, text.splitlines()), 1):
        if _HEADER.match(words):
            number, part = number + 1, ""
            found[0, "connectors", number] = line
        elif table := _TABLE.match(words):
            part = table[1]
            found[0, "connectors", number, part] = line
        elif field := _FIELD.match(words):
            steps = (part, *field[1].split(".")) if part else tuple(field[1].split("."))
            head: Path = (0, "connectors", number) if number >= 0 else (0,)
            found.setdefault((*head, *steps), line)
    return found
