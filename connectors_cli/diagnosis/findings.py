"""What was found of one thing, and how names and places are told of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

State = Literal["ok", "warning", "failure", "skipped"]
STATES: tuple[State, ...] = ("ok", "warning", "failure", "skipped")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing; `hint` is the command that helps."""

    check: str
    state: State
    message: str
    hint: str | None = None

    def as_object(self) -> dict[str, Any]:
        """Return the finding as its JSON object."""
        return asdict(self)


@dataclass(slots=True)
class Diagnosis:
    """Findings as they come."""

    findings: Iterator[Finding] = field(repr=False)


class Words:
    """Names and places in a report: as they are, or as placeholders that are fit to be pasted.

    The same thing has the same placeholder throughout a report, and in the next of the same store.
    """

    def __init__(self, redacted: bool, places: Mapping[str, str]) -> None:
        """Take `places`: texts that stand in messages of others, each with its placeholder."""
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
        """Return a few names of many as people read them."""
        shown = [self.name(kind, text) for text in texts][:_NAMED]
        more = total - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more > 0 else "")

    def without_quotes(self, message: str) -> str:
        """Return a message, where names are left out without what it quotes after a colon."""
        return message.partition(": ")[0] if self._redacted else message

    def clean(self, found: Finding) -> Finding:
        """Return a finding without paths, users, hosts and addresses, where that is wanted."""
        if not self._redacted:
            return found
        hint = None if found.hint is None else self._cleaned(found.hint)
        return Finding(found.check, found.state, self._cleaned(found.message), hint)

    def _cleaned(self, text: str) -> str:
        for place, shown in self._places:
            # Not inside another word: a user called `a` is in most of them.
            text = re.sub(rf"(?<![\w-]){re.escape(place)}(?![\w-])", shown, text)
        return _EMAIL.sub("<email>", text)
