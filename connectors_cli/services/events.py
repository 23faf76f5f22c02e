"""The log: whether it is whole, what happened, and how often."""

from dataclasses import dataclass
from typing import Any, Literal

from connectors_cli import history
from connectors_cli.chain import LOST, UNSEALED, Head, Sealer
from connectors_cli.database import Database
from connectors_cli.errors import KeyProblem
from connectors_cli.key_rows import tenant_keys
from connectors_cli.keys import KeySource, find_source
from connectors_cli.membership import check_tenant_exists
from connectors_cli.settings import Settings
from connectors_cli.verification import Broken, Walk

State = Literal["whole", "broken", "unchecked", "unsealed"]
_HINTS = {
    "unchecked": "the entries are in order, but without the key {key} nobody can tell whether"
    " somebody rewrote them: see `connectors key status`",
    "lost": "the entries are in order, but its beginning was sealed with a key that was lost:"
    " nobody can tell whether somebody rewrote that",
    "unsealed": "the entries are in order, but none is sealed: right only in a store of an older"
    " version until a command has used the key, such as `connectors get NAME FIELD --reveal`",
    "late": "the entries are in order, but nothing vouches for what was there before the first"
    " seal: right only in a store that a first version of connectors made",
    "broken": "keep a copy of the store as it is, and compare it with your last backup",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What is known of a tenant's log: `whole` when every entry is as it was written.

    `unchecked` when the key of its last seal is not at hand or one before it was lost, `unsealed`
    when it has none or began without. `sealed_until` is the last entry (id, time) that a checked
    seal vouches for, and `seal_key_id` the key of the last seal, which vouches for all before it
    but for what stands up to `unproven_until`; older keys need not be at hand.
    """

    tenant: str
    state: State
    entries: int
    seals: int
    seals_checked: int
    sealed_until: tuple[int, str] | None
    unproven_until: tuple[int | None, str | None]
    standing: str
    seal_key_id: str | None
    keys_missing: tuple[str, ...]
    last_hash: str | None
    broken: Broken | None

    @property
    def exit_code(self) -> int:
        """0 for a whole log; else 7, as for whatever was tampered with or misses its key."""
        return 0 if self.state == "whole" else 7

    @property
    def hint(self) -> str | None:
        """What the state means and what to do; None for a whole log."""
        if self.broken is not None:
            return _HINTS["broken"]
        text = _HINTS.get({LOST: "lost", UNSEALED: "late"}.get(self.standing, self.state))
        return text.format(key=self.seal_key_id) if text else None

    def as_object(self) -> dict[str, Any]:
        """Return it as its JSON object."""
        until, unproven = self.sealed_until, self.unproven_until
        return {
            "tenant": self.tenant,
            "state": self.state,
            "entries": self.entries,
            "seals": self.seals,
            "seals_checked": self.seals_checked,
            "sealed_until": {"id": until[0], "at": until[1]} if until else None,
            "unproven_until": {"id": unproven[0], "at": unproven[1]} if unproven[0] else None,
            "seal_key_id": self.seal_key_id,
            "keys_missing": list(self.keys_missing),
            "last_hash": self.last_hash,
            "broken": self.broken.as_object() if self.broken else None,
        }


def verify(db: Database, settings: Settings, source: KeySource | None = None) -> Verification:
    """Check every entry of the tenant's log against its hash, its place and its seal.

    Reads one state of the store, streamed. Keys come from `source`, which is looked for where none
    is given; those that cannot be had are in the result. Raises NotFound, StoreError.
    """
    check_tenant_exists(db, settings.tenant)
    sealers = _Sealers(db, settings, source)
    db.freeze()
    head = history.head(db, settings.tenant)
    own = frozenset(key_id for key_id, *_ in tenant_keys(db, settings.tenant))
    walk = Walk(head, sealers.get, own)
    for row in history.chained(db, settings.tenant):
        walk.take(row)
    walk.finish()
    broken = _named(db, settings.tenant, walk)
    return Verification(
        tenant=settings.tenant,
        state=_state(head, broken, walk.standing, sealers),
        entries=walk.entries,
        seals=walk.seals,
        seals_checked=walk.checked,
        sealed_until=walk.sealed_until,
        unproven_until=walk.unproven_until,
        standing=walk.standing,
        seal_key_id=head.seal_key_id if head else None,
        keys_missing=tuple(sorted(sealers.missing)),
        last_hash=head.hash if head else None,
        broken=broken,
    )


class _Sealers:
    """The tenant's seals by key id, each key fetched once; `missing` are those not at hand."""

    def __init__(self, db: Database, settings: Settings, source: KeySource | None) -> None:
        self._store_id = db.meta["store_id"]
        self._settings = settings
        self._source = source
        self._known: dict[str, Sealer | None] = {}
        self.missing: set[str] = set()

    def get(self, key_id: str) -> Sealer | None:
        if key_id not in self._known:
            self._known[key_id] = self._fetched(key_id)
        return self._known[key_id]

    def _fetched(self, key_id: str) -> Sealer | None:
        try:
            if self._source is None:
                self._source = find_source(self._settings.environ, self._store_id)
            return Sealer(self._source.get(key_id), self._settings.tenant)
        except KeyProblem:
            self.missing.add(key_id)
            return None


def _state(head: Head | None, broken: Broken | None, standing: str, sealers: _Sealers) -> State:
    if broken is not None or head is None:
        return "broken"
    if head.seal is None or standing == UNSEALED:
        return "unsealed"
    return "whole" if sealers.get(str(head.seal_key_id)) and not standing else "unchecked"


def _named(db: Database, tenant: str, walk: Walk) -> Broken | None:
    """Return what is broken; of an entry that follows another one than it says, which it is.

    What it follows may stand later (it was moved), earlier (what is between was inserted), or
    nowhere any more (it was removed).
    """
    broken = walk.broken
    if broken is None or broken.what != "removed" or walk.stranger is None:
        return broken
    place = history.entry_with_hash(db, tenant, walk.stranger)
    if place is None or broken.id is None:
        return broken
    if place >= broken.id:
        return Broken(broken.id, broken.at, "moved")
    return Broken(*history.entry_after(db, tenant, place), "inserted")
