"""The English of the sources: phrases that are never right in a message, docstring or comment."""

import re
from pathlib import Path

import pytest

import connectors_cli

PACKAGE = Path(connectors_cli.__file__).parent
ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"

# Rooms (folders or files) that follow the rule; one a line, in alphabetical order.
ROOMS: tuple[str, ...] = (
    "__main__.py",
    "audit",
    "catalog",
    "cli",
    "documents",
    "errors.py",
    "forms",
    "net",
    "oauth",
    "probes",
    "services",
    "settings.py",
    "store",
    "system",
    "vault",
)

# Matched whole and in any case, also where a phrase is broken over two lines of a string.
NEVER = (
    "nobody can be asked",
    "nobody is asked",
    "who is no",
    "who is not a member",
    "for who",
    "what is none",
    "whose is none",
    "for good",
    "anew",
    "over again",
    "is had",
    "at hand",
    "is due",
    "are due",
    "tell whether",
    "tells whether",
    "beside",
    "besides",
    "left: nothing",
    "as it stands",
    "as they stand",
    "how they stand",
)
_GAP = r"""(?:[\s"#]|f(?="))+"""


def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    words = sorted(phrases, key=len, reverse=True)
    either = "|".join(re.escape(phrase).replace(r"\ ", _GAP) for phrase in words)
    return re.compile(rf"\b(?:{either})\b", re.IGNORECASE)


PATTERNS = (
    _pattern(NEVER),
    re.compile(r"(?<!there )\bis none\b"),  # `is None` is Python
)


def phrases(text: str) -> list[tuple[int, str]]:
    """Return each phrase of a source that is never right, with its line."""
    found = [
        (text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()))
        for pattern in PATTERNS
        for match in pattern.finditer(text)
    ]
    return sorted(found)


def test_phrases_are_found_across_lines_and_in_any_case():
    text = 'raise Error(\n    "Nobody can"\n    f" be asked here"\n)  # for\n# good\nx is None\n'
    assert [line for line, _ in phrases(text)] == [2, 4]


@pytest.mark.skipif(not README.exists(), reason="no README in this copy")
def test_pages_hold_no_phrase_that_is_never_right():
    pages = [README, *(ROOT / ".github").glob("*.md"), *(PACKAGE / "guide").glob("*.md")]
    found = [
        f"{page.name}:{line}: {phrase}"
        for page in sorted(pages)
        for line, phrase in phrases(page.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_sources_hold_no_phrase_that_is_never_right():
    files = [
        file
        for room in ROOMS
        for file in ([PACKAGE / room] if room.endswith(".py") else (PACKAGE / room).rglob("*.py"))
    ]
    found = [
        f"{file.relative_to(PACKAGE)}:{line}: {phrase}"
        for file in sorted(files)
        for line, phrase in phrases(file.read_text(encoding="utf-8"))
    ]
    assert found == []
