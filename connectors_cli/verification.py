"""Walks a tenant's chain and finds the first entry that is not as it was written."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors_cli.chain import Sealer, hash_entry

if TYPE_CHECKING:
    from connectors_cli.database import Row

MESSAGES = {
    "changed": "it was changed after it was written",
    "inserted": "it was not written by connectors",
    "removed": "entries before it were removed",
    "moved": "it does not stand where it was written",
    "restarted": "the chain begins anew at it: where the log ended was erased",
    "resealed": "its seal does not match: since the last seal that does, entries were rewritten"
    " without the key",
    "unsealed": "its seal was erased",
    "cut": "entries after it were removed",
    "headless": "where the log ends was erased",
    "altered": "where the log ends, or up to where it is sealed, was altered",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry at which a chain does not hold, and why."""

    id: int | None
    at: str | None
    what: str

    def as_object(self) -> dict[str, Any]:
        """Return it as its JSON object."""
        return {"id": self.id, "at": self.at, "what": self.what, "message": MESSAGES[self.what]}


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends, as its store has it, and how much of it is sealed."""

    entries: int
    hash: str | None
    sealed_entries: int | None
    seal: str | None
    seal_key_id: str | None

    def is_possible(self) -> bool:
        """Tell whether this program can have written it: no place is past the end or before all."""
        sealed = 0 if self.sealed_entries is None else self.sealed_entries
        places: tuple[Any, ...] = (self.entries, sealed)
        last: Any = self.hash
        numbers = all(isinstance(place, int) and place >= 0 for place in places)
        return numbers and isinstance(last, str | None)


class Walk:
    """Takes a chain's entries one by one; stops looking at the first that is wrong."""

    def __init__(self, head: Head | None, sealer_of: Callable[[str], Sealer | None]) -> None:
        self.entries = self.seals = self.checked = 0
        self.sealed_until: tuple[int, str] | None = None
        self.broken: Broken | None = None
        self.stranger: str | None = None
        """The hash before that a wrong entry names, where its own is right."""
        self._head = head
        self._sealer_of = sealer_of
        self._expected: str | None = None
        self._last: tuple[int | None, str | None] = (None, None)
        self._beyond: tuple[int, str] | None = None
        if head is not None and not head.is_possible():
            self.broken = Broken(None, None, "altered")
        elif (what := self._wrong_head(None)) is not None:
            self.broken = Broken(None, None, what)

    def take(self, row: "Row") -> None:
        """Look at the next entry, as `history.chained` has it."""
        self.entries += 1
        entry_id, previous, found, seal, *entry = row
        key_id = entry[-1]
        self.seals += key_id is not None
        if self.broken is not None:
            return
        place = (entry_id, str(entry[0]))
        what = self._wrong(previous, found, seal, entry) or self._wrong_head(found)
        if what is not None:
            self.broken = Broken(*place, what)
            return
        if self._head is not None and self.entries == self._head.entries + 1:
            self._beyond = place
        if seal is not None and self._sealer_of(key_id) is not None:
            self.checked += 1
            self.sealed_until = place
        self._expected, self._last = found, place

    def finish(self) -> None:
        """Compare what there was with where the log is said to end."""
        head = self._head
        if self.broken is not None:
            return
        if head is None:
            self.broken = Broken(*self._last, "headless")
        elif self._beyond is not None:
            self.broken = Broken(*self._beyond, "inserted")
        elif self.entries < max(head.entries, head.sealed_entries or 0):
            self.broken = Broken(*self._last, "cut")
        elif head.hash != self._expected:
            self.broken = Broken(*self._last, "changed")
        elif (head.seal is None) != (head.sealed_entries is None) or (self.seals and not head.seal):
            self.broken = Broken(*self._last, "unsealed")

    def _wrong(self, previous: Any, found: Any, seal: Any, entry: list[Any]) -> str | None:
        if found is None:
            return "inserted"
        try:
            own = hash_entry(previous, entry)
        except TypeError:  # a column of bytes, which this program never writes
            return "changed"
        if own != found:
            return "changed"
        if previous != self._expected:
            self.stranger = previous
            return "removed" if previous is not None else "restarted"
        return self._wrong_seal(found, seal, entry[-1])

    def _wrong_seal(self, found: str, seal: Any, key_id: str | None) -> str | None:
        if key_id is None:
            return None if seal is None else "changed"
        if seal is None:
            return "unsealed"
        sealer = self._sealer_of(key_id)
        return None if sealer is None or _same(seal, sealer.seal_entry(found)) else "resealed"

    def _wrong_head(self, found: str | None) -> str | None:
        """Check the seal over the log's length, at the entry up to which it goes."""
        head = self._head
        if head is None or head.seal is None or head.sealed_entries != self.entries:
            return None
        sealer = self._sealer_of(str(head.seal_key_id))
        if sealer is None or _same(head.seal, sealer.seal_head(self.entries, found)):
            return None
        return "resealed"


def _same(found: Any, expected: str) -> bool:
    text = str(found).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(text, expected.encode())
