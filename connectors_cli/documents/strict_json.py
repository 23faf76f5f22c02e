"""Strict JSON: each name once in an object, only finite numbers, and text without lone surrogates.

An error gives line and column and never quotes the text, which may contain a secret.
"""

import json
import math
import re
from typing import Any, NoReturn

from connectors_cli.errors import InvalidInput
from connectors_cli.system.text import is_unicode

LONGEST_NUMBER = 4300
"""The most digits of an integer that Python reads."""
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(?=(\s*:)?)|[{}\[\],:]|[^\s{}\[\],:"]+')
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class _NotStrictError(Exception):
    """Text that json.loads accepts and this parser does not."""


def parse(text: str, where: str) -> Any:
    """Return the value of a JSON text; `where` names the text in an error.

    Raises InvalidInput.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=lambda digits: _finite(float(digits)),
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInput(f"{where}: {place}: {error.msg.lower()}") from None
    except RecursionError:
        raise InvalidInput(f"{where}: nested too deep") from None
    except _NotStrictError as error:
        raise _located(text, where, str(error)) from None
    except ValueError:
        raise _located(text, where, "a number has too many digits") from None
    check_unicode(value, text, where)
    return value


def check_unicode(value: Any, text: str, where: str) -> None:
    """Raise InvalidInput if a value that was read from `text` contains a lone surrogate."""
    if _SURROGATE.search(text) and not is_unicode(json.dumps(value, ensure_ascii=False)):
        raise InvalidInput(f"{where}: a \\u escape is half of a character (a lone surrogate)")


def position(text: str) -> tuple[int, int]:
    """Return line and column of the first token that only json.loads accepts."""
    start = _first_loose(text)
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _located(text: str, where: str, why: str) -> InvalidInput:
    line, column = position(text)
    return InvalidInput(f"{where}: line {line}, column {column}: {why}")


def _unique(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise _NotStrictError("a name appears twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise _NotStrictError(f"{name} is not JSON")


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise _NotStrictError("a number is too large")
    return number


def _first_loose(text: str) -> int:
    names: list[set[str] | None] = []
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word in {"{", "["}:
            names.append(set() if word == "{" else None)
        elif word in {"}", "]"}:
            del names[-1:]
        elif found[2] is not None:
            known = names[-1] if names else None
            name = json.loads(word, strict=False)
            if known is None or name in known:
                return found.start()
            known.add(name)
        elif word in _CONSTANTS or _is_too_large(word):
            return found.start()
    return 0


def _is_too_large(word: str) -> bool:
    if word[0] not in "-0123456789":
        return False
    digits = word.removeprefix("-")
    if digits.isdecimal():
        return len(digits) > LONGEST_NUMBER
    return not math.isfinite(float(word))
