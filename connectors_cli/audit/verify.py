"""Verification of a tenant's hash chain: finds the first entry that was altered."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from connectors_cli.audit.log import logged_revision
from connectors_cli.system import clock
from connectors_cli.system.record import Record
from connectors_cli.vault.log_seals import (
    BROKEN,
    TRUST_LEVELS,
    UNSEALED,
    Head,
    Sealer,
    hash_entry,
    same,
)

if TYPE_CHECKING:
    from connectors_cli.store.read.database import Row

_ADJUSTED = timedelta(seconds=2)
MESSAGES = {
    "changed": "it was changed after it was written",
    "inserted": "it was not written by connectors",
    "removed": "entries before it were removed",
    "moved": "it is not at the place where it was written",
    "restarted": "the chain restarts at it: the record of where the log ended was erased",
    "resealed": "its seal does not match: entries after the last matching seal were rewritten"
    " without the key",
    "unsealed": "its seal was erased",
    "foreign": "it is sealed with a key that does not belong to the tenant",
    "unmatched": "when it was written, the earlier log no longer matched its last seal: entries, or"
    " the record of where the seals end, were rewritten without the key",
    "cut": "entries after it were removed",
    "headless": "the record of where the log ends was erased",
    "altered": "the record of where the log ends, or how far it is sealed, was altered",
    "connectors": "connectors are not as their last entries left them: they were changed outside"
    " connectors, an older state was put back, or entries were removed",
    "unexpected": "the expected hash is not in the log: it was cut, or replaced by an older one",
}


class Broken(Record):
    """The first broken entry of a chain; `what` is a key of MESSAGES."""

    id: int | None
    at: str | None
    what: str

    def as_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {"id": self.id, "at": self.at, "what": self.what, "message": MESSAGES[self.what]}


class Walk:
    """Verifies a chain entry by entry, and only counts entries after the first broken one.

    `sealer_of` returns the sealer for a key id, or None if the key is not available. `own` contains
    the ids of the tenant's keys; seals of other keys do not count.
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
        """The previous hash that the broken entry names, if its own hash is right."""
        self.trust = ""
        """What the seals say about the log before them; one of `log_seals.TRUST_LEVELS`."""
        self.unproven_until: tuple[int | None, str | None] = (None, None)
        """The last entry that the seals do not vouch for (id, time)."""
        self.back_in_time = 0
        """How many entries are dated before the entry before them."""
        self.first_back: tuple[int, str] | None = None
        self.ahead: tuple[int, str] | None = None
        """The last entry, if it is dated in the future."""
        self._head = head
        self._sealer_of = sealer_of
        self._own = own
        self._misnamed: tuple[int, str] | None = None
        self._expected: str | None = None
        self._last: tuple[int | None, str | None] = (None, None)
        self._beyond: tuple[int, str] | None = None
        self._sealed, self._sealed_entries, self._holds_before = "", 0, False
        if head is not None and not head.is_possible():
            self.broken = Broken(None, None, "altered")
        elif (what := self._wrong_head(None)) is not None:
            self.broken = Broken(None, None, what)

    def take(self, row: "Row") -> None:
        """Verify the next entry, a row of `history.chained`."""
        self.entries += 1
        entry_id, previous, found, seal, connector_id, revision, *entry = row
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
        self._note_time(place)
        if self._misnamed is None and logged_revision(entry[-2]) != (connector_id, revision):
            self._misnamed = place
        self._expected, self._last = found, place

    def _note_time(self, place: tuple[int, str]) -> None:
        """Note an entry that is dated before the one before it: a clock was wrong, or set back."""
        if self._last[1] is not None and steps_back(self._last[1], place[1]):
            self.back_in_time += 1
            self.first_back = self.first_back or place

    def finish(self) -> None:
        """Compare the entries with the record of where the log ends."""
        if self.broken is None:
            self._finish()
        last_id, at = self._last
        if last_id is not None and at is not None and steps_back(at, clock.now()):
            self.ahead = (last_id, at)
        if self.broken is None and self._misnamed is not None:  # columns that no hash covers
            self.broken = Broken(*self._misnamed, "changed")

    def _finish(self) -> None:
        head = self._head
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
        except TypeError:  # a column contains bytes, which this program never writes
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
            said = self._said(sealer, found, seal)
            if said is None:
                return "resealed"
            if self._is_cover(*said):
                return "unmatched"
        self._sealed, self._sealed_entries = found, self.entries
        return None

    def _said(self, sealer: Sealer, found: str, seal: Any) -> tuple[str, str] | None:
        """Return the sealed hash that a seal follows, and its trust; None if the seal is wrong."""
        before, trust = self._sealed, self.trust
        if same(seal, sealer.seal_entry(found, before, trust)):
            self._holds_before = True
            return before, trust
        if not self._holds_before and same(seal, sealer.seal_alone(found)):
            return before, trust
        for worse in TRUST_LEVELS[TRUST_LEVELS.index(trust) + 1 :]:
            for place in (before, ""):
                if same(seal, sealer.seal_entry(found, place, worse)):
                    self._holds_before = True
                    return place, worse
        return None

    def _is_cover(self, before: str, trust: str) -> bool:
        """Return whether a seal says that the log before it was altered; else note its trust."""
        erased = trust == UNSEALED and before != self._sealed
        if trust == BROKEN or erased:
            return True
        if trust != self.trust:
            self.trust, self.unproven_until = trust, self._last
        return False

    def _wrong_head(self, found: str | None) -> str | None:
        """Check the seal of the log's length when the last entry that it covers is reached."""
        head = self._head
        if head is None or head.seal is None or head.sealed_entries != self.entries:
            return None
        if head.seal_key_id not in self._own:
            return "foreign"
        sealer = self._sealer_of(head.seal_key_id)
        expected = sealer.seal_head(self.entries, found, self.trust) if sealer else head.seal
        return None if head.sealed_hash == found and same(head.seal, expected) else "resealed"


def steps_back(before: str, at: str) -> bool:
    """Return whether an entry is dated clearly before its predecessor (RFC 3339 in UTC).

    Times within the same two seconds are a clock that was adjusted.
    """
    if at >= before:
        return False
    try:
        return clock.parse(before) - clock.parse(at) > _ADJUSTED
    except ValueError:  # not a time: the hash of such an entry was computed by a forger
        return False
