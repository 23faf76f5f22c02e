"""Walks a tenant's chain and finds the first entry that is not as it was written."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors_cli.chain import BROKEN, STANDINGS, UNSEALED, Head, Sealer, hash_entry, same

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
    "foreign": "it is sealed with a key that is not the tenant's",
    "unmatched": "when it was written, the log before it was not as it was last sealed: entries, or"
    " where the seals end, were rewritten without the key",
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


class Walk:
    """Takes a chain's entries one by one; stops looking at the first that is wrong.

    `sealer_of` gives the sealer of a key's id, None where the key is not at hand; `own` are the ids
    of the tenant's keys: no other one's seal counts.
    """

    def __init__(
        self,
        head: Head | None,
        sealer_of: Callable[[str], Sealer | None],
        own: frozenset[str],
    ) -> None:
        self.entries = self.seals = self.checked = 0
        self.sealed_until: tuple[int, str] | None = None
        self.broken: Broken | None = None
        self.stranger: str | None = None
        """The hash before that a wrong entry names, where its own is right."""
        self.standing = ""
        """What the seals say of what is before them, as chain.STANDINGS has it."""
        self.unproven_until: tuple[int | None, str | None] = (None, None)
        """The last entry of what they do not vouch for."""
        self._head = head
        self._sealer_of = sealer_of
        self._own = own
        self._expected: str | None = None
        self._last: tuple[int | None, str | None] = (None, None)
        self._beyond: tuple[int, str] | None = None
        self._sealed, self._sealed_entries, self._holds_before = "", 0, False
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
        elif head.seal is None and (self.seals or not head.is_bare):
            self.broken = Broken(*self._last, "unsealed")
        elif head.seal is not None and head.sealed_entries != self._sealed_entries:
            self.broken = Broken(*self._last, "altered")

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
        if key_id not in self._own:
            return "foreign"
        sealer = self._sealer_of(key_id)
        if sealer is not None:
            told = self._told(sealer, found, seal)
            if told is None:
                return "resealed"
            if self._is_cover(*told):
                return "unmatched"
        self._sealed, self._sealed_entries = found, self.entries
        return None

    def _told(self, sealer: Sealer, found: str, seal: Any) -> tuple[str, str] | None:
        """Return the hash that a seal follows, and what it says; None when it fits nothing."""
        before, standing = self._sealed, self.standing
        if same(seal, sealer.seal_entry(found, before, standing)):
            self._holds_before = True
            return before, standing
        if not self._holds_before and same(seal, sealer.seal_alone(found)):
            return before, standing
        for worse in STANDINGS[STANDINGS.index(standing) + 1 :]:
            for place in (before, ""):
                if same(seal, sealer.seal_entry(found, place, worse)):
                    self._holds_before = True
                    return place, worse
        return None

    def _is_cover(self, before: str, standing: str) -> bool:
        """Tell whether a seal was laid over what was not as sealed; else note what it says."""
        erased = standing == UNSEALED and before != self._sealed
        if standing == BROKEN or erased:
            return True
        if standing != self.standing:
            self.standing, self.unproven_until = standing, self._last
        return False

    def _wrong_head(self, found: str | None) -> str | None:
        """Check the seal over the log's length, at the entry up to which it goes."""
        head = self._head
        if head is None or head.seal is None or head.sealed_entries != self.entries:
            return None
        if head.seal_key_id not in self._own:
            return "foreign"
        sealer = self._sealer_of(head.seal_key_id)
        expected = sealer.seal_head(self.entries, found, self.standing) if sealer else head.seal
        return None if head.sealed_hash == found and same(head.seal, expected) else "resealed"
