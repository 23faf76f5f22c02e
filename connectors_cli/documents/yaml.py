"""YAML 1.2 as JSON values, without aliases, merge keys and tags: one pass over parser events."""

import math
import re
from collections.abc import Iterator
from typing import Any

from connectors_cli.errors import InvalidInput

Path = tuple[str | int, ...]

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE")}
_BOOLEANS |= dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TOO_DEEP = "exceeded maximum nesting depth"
"""The problem that libyaml reports above 1,000 levels, from PyYAML 6.0.4 on."""
_TAGS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"})


def parse(text: str, where: str, deepest: int, lines: dict[Path, int] | None = None) -> list[Any]:
    """Return the documents of a YAML text; with `lines`, record the line of each name and item.

    The core schema of YAML 1.2 gives the type of a plain word: `no` and `12:30` are text. Raises
    InvalidInput with the line, and never quotes the text.
    """
    import yaml

    # PyYAML only yields events (by libyaml if it has it): its own types are those of YAML 1.1.
    loader = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
    try:
        events = yaml.parse(text, Loader=loader)
        return list(_Builder(events, where, deepest, lines).documents())
    except yaml.YAMLError as error:
        raise InvalidInput(f"{where}: {_explain(error)}") from None
    except RecursionError:
        raise InvalidInput(f"{where}: nested too deep") from None


def _explain(error: Any) -> str:
    """Return a parser's error with its place; the message of PyYAML would quote the text."""
    mark = getattr(error, "problem_mark", None)
    if getattr(error, "problem", None) == _TOO_DEEP:
        return f"line {mark.line + 1}: nested too deep" if mark else "nested too deep"
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "at an unknown line"
    return f"invalid YAML: {place}"


class _Builder:
    """Builds values from events, one document after the other."""

    def __init__(
        self, events: Iterator[Any], where: str, deepest: int, lines: dict[Path, int] | None
    ) -> None:
        self._events = iter(events)
        self._where = where
        self._deepest = deepest
        self._lines = lines

    def documents(self) -> Iterator[Any]:
        number = 0
        for event in self._events:
            if type(event).__name__ == "DocumentStartEvent":
                yield self._value(next(self._events), (number,))
                number += 1

    def _value(self, event: Any, path: Path) -> Any:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            return self._scalar(event)
        if kind == "AliasEvent":
            raise self._refused(event, "aliases (*name) are not supported")
        if len(path) > self._deepest:
            raise self._refused(event, f"nested deeper than {self._deepest} levels")
        self._check_tag(event)
        return self._list(path) if kind == "SequenceStartEvent" else self._object(path)

    def _list(self, path: Path) -> list[Any]:
        found: list[Any] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            inner = (*path, len(found))
            self._note(inner, event)
            found.append(self._value(event, inner))
        return found

    def _object(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            name = self._scalar(event) if type(event).__name__ == "ScalarEvent" else None
            if not isinstance(name, str):
                raise self._refused(event, "a name is not text; put it in quotes")
            if name == "<<" and event.implicit[0]:
                raise self._refused(event, "merge keys (<<) are not supported")
            if name in found:
                raise self._refused(event, "a name appears twice in one object")
            inner = (*path, name)
            self._note(inner, event)
            found[name] = self._value(next(self._events), inner)
        return found

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0] or event.tag is not None:
            self._check_tag(event)
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        return self._number(event, text) if text[0] in "+-.0123456789" else text

    def _number(self, event: Any, text: str) -> Any:
        if len(text) > 4000 and _FLOAT.fullmatch(text):
            raise self._refused(event, "a number has too many digits")
        if _INTEGER.fullmatch(text):
            return int(text)
        if _BASED.fullmatch(text):
            return int(text, 0)
        if _ENDLESS.fullmatch(text) or (_FLOAT.fullmatch(text) and not math.isfinite(float(text))):
            raise self._refused(event, "a number is infinite or not a number, which JSON lacks")
        return float(text) if _FLOAT.fullmatch(text) else text

    def _check_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag not in _TAGS:
            raise self._refused(event, "tags (!name) are not supported")

    def _note(self, path: Path, event: Any) -> None:
        if self._lines is not None:
            self._lines[path] = event.start_mark.line + 1

    def _refused(self, event: Any, why: str) -> InvalidInput:
        return InvalidInput(f"{self._where}: line {event.start_mark.line + 1}: {why}")
