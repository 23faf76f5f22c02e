"""The rule for a connector's name and for its tags, and when two names are the same."""

import unicodedata
from collections.abc import Iterable

from connectors_cli.errors import InvalidInput

LONGEST = 255
_RULE = "a name has 1 to 255 characters, none of / \\ , and does not begin with - or ."
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def check_name(name: str) -> str:
    """Return the name in NFC; InvalidInput says what is wrong and where."""
    reason = _reason_not_a_name(name)
    if reason:
        raise InvalidInput(f"not a connector's name: {reason}", hint=_RULE)
    return unicodedata.normalize("NFC", name)


def check_tags(tags: Iterable[str]) -> list[str]:
    """Return tags without repeats, in the order given; the rule is that of names."""
    return list(dict.fromkeys(check_name(tag) for tag in tags))


def check_credential(name: str) -> str:
    """Return a credential's field name; InvalidInput for one that no output shows as it is."""
    if not name.isprintable():
        raise InvalidInput("the name of a credential holds a control or invisible character")
    return name


def fold(name: str) -> str:
    """Return what two names share when people would take them for the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def is_text(name: str) -> bool:
    """Tell whether a word is Unicode text: the bytes of a command line need not be."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _reason_not_a_name(name: str) -> str | None:
    if not name or name.isspace():
        return "it is empty"
    if len(name) > LONGEST:
        return f"it has {len(name)} characters"
    for position, char in enumerate(name, 1):
        if unicodedata.category(char) in _INVISIBLE:
            return f"control or invisible character U+{ord(char):04X} at {position}"
        if char in "/\\,":
            return f"{char} at {position}"
    if name[0] in "-.":
        return f"it begins with {name[0]}"
    return "it begins or ends with a space" if name != name.strip() else None
