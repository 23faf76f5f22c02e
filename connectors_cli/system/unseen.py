"""Characters that nobody sees, which a value has by accident: of a paste, an editor or a page."""

import unicodedata

_JOINERS = "\u200c\u200d"
"""Between letters of some scripts, and in emoji, they mean something."""
_MARKS = frozenset("\u200e\u200f\u061c\u00ad\u200b\u2060")
"""Marks that texts may contain for their layout, and that nothing else may."""
_BREAKS = frozenset("\t\n\r")


def unseen_problem(text: str, *, exact: bool) -> str | None:
    """Return what is wrong with a text because of a character that nobody sees, else None.

    No text has control characters but tabs and line breaks, begins or ends with an invisible
    character, or changes the direction of writing. An `exact` one (a credential, an address) has
    none anywhere, and no space but the usual one: a text for people may have them.
    """
    if text.isascii() and text.isprintable():
        return None
    last = len(text) - 1
    for at, char in enumerate(text):
        if char.isascii() and (char.isprintable() or char in _BREAKS):
            continue
        is_outer = at in {0, last}
        if _is_wrong(char, text[at - 1 : at] + text[at + 1 : at + 2], exact or is_outer):
            kind = "control" if unicodedata.category(char) == "Cc" else "invisible"
            return f"contains the {kind} character {_named(char)} at {at + 1}"
    return None


def _is_wrong(char: str, around: str, exact: bool) -> bool:
    kind = unicodedata.category(char)
    if kind in {"Cc", "Cs", "Zl", "Zp"}:
        return True
    if kind == "Zs":
        return exact
    if kind != "Cf":
        return False
    if char in _JOINERS:
        return len(around) < 2 or around[0].isascii() or around[1].isascii()
    return exact or char not in _MARKS


def _named(char: str) -> str:
    name = unicodedata.name(char, "").lower()
    code = f"U+{ord(char):04X}"
    return f"{code} ({name})" if name else code
