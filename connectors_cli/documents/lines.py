"""The line of each value of a document, looked for only to report an error there."""

import json
import re
from typing import Any

from connectors_cli.documents import yaml

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|[^\s{}\[\],:"]+')
_HEADER = re.compile(r"\[\[\s*connectors\s*\]\]")
_TABLE = re.compile(r"\[\[?\s*connectors\.([\w.-]+)\s*\]")
_FIELD = re.compile(r"""(?:connectors\.)?["']?([\w.-]+)["']?\s*=""")
DEEPEST = 64


def lines_of(text: str, form: str) -> dict[Path, int]:
    """Return the line of each value of a text, by path; `form` is yaml, json or toml.

    A path begins with the number of the document. In TOML only tables and their fields are found.
    """
    found: dict[Path, int] = {}
    if form == "yaml":
        yaml.parse(text, "", DEEPEST, found)
        return found
    return _json_lines(text) if form == "json" else _toml_lines(text)


def nearest(lines: dict[Path, int], path: Path) -> int:
    """Return the line of a path, else of the nearest value that contains it."""
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
    head: Path = (0,)
    table: Path = ()
    number = -1
    for line, words in enumerate(map(str.strip, text.splitlines()), 1):
        if _HEADER.match(words):
            number += 1
            head, table = (0, "connectors", number), ()
            found[head] = line
        elif header := _TABLE.match(words):
            table = tuple(header[1].split("."))
            found.setdefault((*head, *table), line)
        elif field := _FIELD.match(words):
            found.setdefault((*head, *table, *field[1].split(".")), line)
    return found
