"""Sets of characters: those of brackets, of escapes such as \\d, and of Unicode's properties."""

import unicodedata
from collections.abc import Callable

from connectors_cli.system.record import Record, field


class Characters(Record):
    """One character out of a set."""

    negated: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    tests: tuple[Callable[[str], bool], ...] = ()
    ignore_case: bool = False
    _known: dict[str, bool] = field(default_factory=dict, shown=False, compared=False)

    def matches(self, char: str) -> bool:
        known = self._known.get(char)
        if known is None:
            known = self._known[char] = self._looked_at(char)
        return known

    def _looked_at(self, char: str) -> bool:
        found = self._has(char)
        if self.ignore_case and not found:
            found = any(
                self._has(other) for other in (char.lower(), char.upper()) if len(other) == 1
            )
        return found is not self.negated

    def _has(self, char: str) -> bool:
        point = ord(char)
        if any(low <= point <= high for low, high in self.ranges):
            return True
        return any(test(char) for test in self.tests)


DIGITS = ((48, 57),)
WORD = (*DIGITS, (65, 90), (95, 95), (97, 122))


def _space(char: str) -> bool:
    return char.isspace() or char == "\ufeff"


CLASSES = {
    "d": Characters(ranges=DIGITS),
    "D": Characters(negated=True, ranges=DIGITS),
    "w": Characters(ranges=WORD),
    "W": Characters(negated=True, ranges=WORD),
    "s": Characters(tests=(_space,)),
    "S": Characters(negated=True, tests=(_space,)),
}
CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0", "a": "\a"}

PROPERTIES: dict[str, Callable[[str], bool]] = {
    "any": lambda _char: True,
    "ascii": str.isascii,
    "alphabetic": str.isalpha,
    "alpha": str.isalpha,
    "alnum": str.isalnum,
    "lower": str.islower,
    "lowercase": str.islower,
    "upper": str.isupper,
    "uppercase": str.isupper,
    "digit": str.isdigit,
    "space": _space,
    "whitespace": _space,
    "punct": lambda char: unicodedata.category(char)[0] in "PS",
    "emoji": lambda char: unicodedata.category(char) == "So",
    "letter": lambda char: unicodedata.category(char)[0] == "L",
    "mark": lambda char: unicodedata.category(char)[0] == "M",
    "number": lambda char: unicodedata.category(char)[0] == "N",
    "punctuation": lambda char: unicodedata.category(char)[0] == "P",
    "symbol": lambda char: unicodedata.category(char)[0] == "S",
    "separator": lambda char: unicodedata.category(char)[0] == "Z",
    "other": lambda char: unicodedata.category(char)[0] == "C",
    "uppercaseletter": lambda char: unicodedata.category(char) == "Lu",
    "lowercaseletter": lambda char: unicodedata.category(char) == "Ll",
    "decimalnumber": lambda char: unicodedata.category(char) == "Nd",
    "control": lambda char: unicodedata.category(char) == "Cc",
}
SCRIPTS = {"HAN": "CJK"}


def named(name: str, negated: bool) -> Characters:
    """The characters of a Unicode property: a category, a well-known name or a script."""
    word = name.rpartition("=")[2]
    test = PROPERTIES.get(word.replace("_", "").replace(" ", "").lower())
    return Characters(negated=negated, tests=(test or _category(word),))


def _category(word: str) -> Callable[[str], bool]:
    if len(word) <= 2:
        return lambda char: unicodedata.category(char).startswith(word)
    script = word.removeprefix("Is").upper().replace("_", " ")
    script = SCRIPTS.get(script, script)
    return lambda char: unicodedata.name(char, "").startswith(script)
