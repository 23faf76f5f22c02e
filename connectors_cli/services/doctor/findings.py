"""Findings of `doctor`, and the redaction of names in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from connectors_cli.system.record import Record, field, values_of

State = Literal["ok", "warning", "failure", "skipped"]
STATES: tuple[State, ...] = ("ok", "warning", "failure", "skipped")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAMED = 5


class Finding(Record):
    """The result of one check; `hint` is the command that helps."""

    check: str
    state: State
    message: str
    hint: str | None = None

    def as_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return values_of(self)


class Diagnosis(Record, frozen=False):
    """The findings of an examination, made while they are read."""

    findings: Iterator[Finding] = field(shown=False)


def few(texts: Sequence[str], total: int) -> str:
    """Return the first texts of many, and how many more there are, in words."""
    shown = texts[:_NAMED]
    more = total - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


class Redactor:
    """Shows names and places in a report, or replaces them by placeholders if `redacted`.

    A name has the same placeholder throughout a report, and in later reports of the same store.
    """

    def __init__(self, redacted: bool, places: Mapping[str, str]) -> None:
        """`places` are texts in other modules' messages, each with its placeholder."""
        self._redacted = redacted
        by_length = sorted(places.items(), key=lambda item: -len(item[0]))
        self._places = [(text, shown) for text, shown in by_length if len(text) > 1]
        self._known: dict[tuple[str, str], str] = {}

    def name(self, kind: str, text: str) -> str:
        """Return a name, or its placeholder."""
        if not self._redacted:
            return text
        number = sum(known == kind for known, _ in self._known) + 1
        return self._known.setdefault((kind, text), f"<{kind}-{number}>")

    def names(self, kind: str, texts: Iterable[str], total: int) -> str:
        """Return the first names of many in words."""
        return few([self.name(kind, text) for text in texts], total)

    def without_quotes(self, message: str) -> str:
        """Return a message; if redacted, without the quoted text after a colon."""
        return message.partition(": ")[0] if self._redacted else message

    def clean(self, found: Finding) -> Finding:
        """Return a finding; if redacted, without paths, users, hosts and addresses."""
        if not self._redacted:
            return found
        hint = None if found.hint is None else self._cleaned(found.hint)
        return Finding(found.check, found.state, self._cleaned(found.message), hint)

    def _cleaned(self, text: str) -> str:
        for place, shown in self._places:
            # Only whole words: a user can be called `a`.
            text = re.sub(rf"(?<![\w-]){re.escape(place)}(?![\w-])", shown, text)
        return _EMAIL.sub("<email>", text)
