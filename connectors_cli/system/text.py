"""Text that is safe to write to a terminal or paste into a shell, and text that is Unicode."""

from __future__ import annotations

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any


def printable(text: str, *, keep: str = "") -> str:
    """Return text on which no terminal acts: control and invisible characters are escaped.

    They become `\\n`, `\\x1b` or `\\u202e`; the characters in `keep` stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else char.encode("unicode_escape").decode()
        for char in text
    )


def printable_lines(text: str) -> str:
    """Return text as `printable` does, with its line breaks."""
    return printable(text, keep="\n")


def composed(text: str) -> str:
    """Return a name as names are stored: with composed letters (NFC), which macOS decomposes."""
    if text.isascii():
        return text
    from unicodedata import normalize  # for the few that need it

    return normalize("NFC", text)


def as_text(value: Any) -> str:
    """Return a value for people: yes and no, lists and simple objects without brackets."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return ", ".join(value)
        case dict() if not any(isinstance(item, dict) for item in value.values()):
            return ", ".join(k if v is True else f"{k}: {as_text(v)}" for k, v in value.items())
        case _:
            import json

            return json.dumps(value, ensure_ascii=False)


def is_unicode(text: str) -> bool:
    """Return whether text holds no lone surrogate: Python's sign for bytes that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def command_line(*words: object) -> str:
    """Return a `connectors` command to paste, each word quoted for a shell where it must be."""
    return " ".join(("connectors", *(shell_quoted(str(word)) for word in words)))


def shell_quoted(word: str) -> str:
    """Return a word as a shell reads it: in quotes where it must be."""
    from shlex import quote  # only for a hint: it costs a fast read

    return quote(word)
