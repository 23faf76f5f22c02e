"""Names of connectors and tags: which are valid."""

import unicodedata
from collections.abc import Callable, Iterable

from connectors_cli.errors import InvalidInput
from connectors_cli.system.domains import mixed_scripts

LONGEST = 255
OWNER = "owner:"
"""The prefix of the tag that names the file which declares a connector."""
_RULE = "a name has 1 to 255 characters, contains no / \\ or comma, and does not start with - or ."
_NEW_RULE = _RULE + "; a new name has no shell character"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_OF_SHELLS = frozenset("$`\"';&|<>(){}*?!#~")
_IGNORABLE = (
    *((0x00AD, 0x00AD), (0x034F, 0x034F), (0x061C, 0x061C), (0x115F, 0x1160), (0x17B4, 0x17B5)),
    *((0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8)),
    *((0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
"""Unicode's Default_Ignorable_Code_Point, from DerivedCoreProperties.txt, and U+2800."""


def check_name(name: str) -> str:
    """Return the name in NFC; raises InvalidInput, which says what is wrong and where."""
    reason = _reason_not_a_name(name)
    if reason:
        raise InvalidInput(f"invalid name: {reason}", hint=_RULE)
    return unicodedata.normalize("NFC", name)


def check_new_name(name: str, *, mixed: bool = False) -> str:
    """Return a name that nothing has yet, in NFC; existing names may break its rules.

    It has no character that a shell acts on, none that is invisible, and unless `mixed` is set,
    letters of one script.

    Raises:
        InvalidInput: says what is wrong and where.
    """
    name = check_name(name)
    for position, char in enumerate(name, 1):
        if char in _OF_SHELLS:
            raise InvalidInput(
                f"invalid name: {char} at {position}, which shells act on", hint=_NEW_RULE
            )
        if not char.isascii() and any(low <= ord(char) <= high for low, high in _IGNORABLE):
            text = f"invalid name: invisible character U+{ord(char):04X} at {position}"
            raise InvalidInput(text, hint=_NEW_RULE)
    found = () if mixed else mixed_scripts(name)
    if found:
        text = f"the name {name!r} mixes {' and '.join(found)} letters, which may look alike"
        raise InvalidInput(text, hint="use letters of one script, or add --yes")
    return name


def check_tags(tags: Iterable[str], *, existing: Iterable[str] = ()) -> list[str]:
    """Return tags without repeats, in order; raises InvalidInput as `check_new_name` does.

    Those that are `existing` stay as they are.
    """
    known = frozenset(existing)
    found = (check_name(tag) if tag in known else check_new_name(tag, mixed=True) for tag in tags)
    return list(dict.fromkeys(found))


def typed_tags(text: str) -> list[str]:
    """Return the tags of a line in which commas separate them."""
    return [tag for tag in (part.strip() for part in text.split(",")) if tag]


def free_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return a name that nothing has: the wanted one, else with a number after it."""
    name, number = wanted, 2
    while is_taken(name):
        name, number = f"{wanted}-{number}", number + 1
    return name


def check_credential(name: str) -> str:
    """Return a credential's field name; raises InvalidInput for invisible characters in it."""
    if not name.isprintable():
        raise InvalidInput("the name of a credential contains a control or invisible character")
    return name


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
