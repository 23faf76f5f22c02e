"""Where a JSON text holds what no value may: a name twice, NaN, a number without end; pure."""

import json
import math
import re

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")(?=(\s*:)?)|[{}\[\],:]|[^\s{}\[\],:"]+')
_CONSTANTS = frozenset({"NaN", "Infinity", "-Infinity"})
LONGEST = 4300
"""How many digits of an integer Python takes."""


def place(text: str) -> tuple[int, int]:
    """Return line and column of the first of these in a text."""
    start = _first(text)
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)


def _first(text: str) -> int:
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
        elif word in _CONSTANTS or _is_endless(word):
            return found.start()
    return 0


def _is_endless(word: str) -> bool:
    if word[0] not in "-0123456789":
        return False
    digits = word.removeprefix("-")
    return len(digits) > LONGEST if digits.isdecimal() else not math.isfinite(float(word))
