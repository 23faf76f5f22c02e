"""Verification of a tenant's log."""

from collections.abc import Iterator
from typing import Any, Literal

from connectors_cli.audit import history
from connectors_cli.audit.verify import Broken, Walk
from connectors_cli.errors import Damaged, KeyProblem, Tampered
from connectors_cli.services.opener import NOT_SEALED, Opener
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.keys import tenant_keys
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.sealed import sealed_rows
from connectors_cli.system.record import Record
from connectors_cli.system.text import printable
from connectors_cli.vault.key_sources import KeySource, find_source
from connectors_cli.vault.log_seals import LOST, UNSEALED, Head, Sealer

State = Literal["whole", "broken", "unchecked", "unsealed"]
_HINTS = {
    "unchecked": "the entries are in order, but without the key {key} it is unknown whether they"
    " were rewritten: see `connectors key status`",
    "lost": "the entries are in order, but the first ones were sealed with a key that was lost:"
    " it is unknown whether they were rewritten",
    "unsealed": "the entries are in order, but no entry is sealed; expected only in a store of an"
    " older version, until a command uses the key: `connectors get NAME FIELD --reveal`",
    "late": "the entries are in order, but those before the first seal are not protected; expected"
    " only in a store that the first version of connectors created",
    "connectors": "see each: connectors show NAME; then accept it (connectors credentials accept"
    " NAME) or restore a backup (connectors restore --from FILE)",
    "broken": "copy the store before you change it, and compare the copy with your last backup",
}


class Verification(Record):
    """The state of a tenant's log: `whole` if every entry is unchanged.

    It is `unchecked` if the key of the last seal is missing or an earlier one was lost, `unsealed`
    if it has no seal or started without one. `sealed_until` is the last entry (id, time) that a
    checked seal covers. `seal_key_id` is the key of the last seal, which covers all entries before
    it except those up to `unproven_until`; older keys are not needed.
    """

    tenant: str
    state: State
    entries: int
    seals: int
    seals_checked: int
    sealed_until: tuple[int, str] | None
    unproven_until: tuple[int | None, str | None]
    trust: str
    seal_key_id: str | None
    keys_missing: tuple[str, ...]
    last_hash: str | None
    broken: Broken | None
    back_in_time: int = 0
    first_back: tuple[int, str] | None = None
    ahead: tuple[int, str] | None = None
    connectors: tuple[tuple[str, str], ...] = ()

    @property
    def exit_code(self) -> int:
        """0 for a whole log, otherwise 7, the code for changed data and missing keys."""
        return 0 if self.state == "whole" else 7

    @property
    def hint(self) -> str | None:
        """The meaning of the state and what to do; None for a whole log."""
        if self.broken is not None:
            return _HINTS["connectors" if self.broken.what == "connectors" else "broken"]
        text = _HINTS.get({LOST: "lost", UNSEALED: "late"}.get(self.trust, self.state))
        return text.format(key=self.seal_key_id) if text else None

    def as_object(self) -> dict[str, Any]:
        """Return the verification as its JSON object."""
        unproven = self.unproven_until
        return {
            "tenant": self.tenant,
            "state": self.state,
            "entries": self.entries,
            "seals": self.seals,
            "seals_checked": self.seals_checked,
            "sealed_until": _place(self.sealed_until),
            "unproven_until": _place(unproven if unproven[0] else None),
            "seal_key_id": self.seal_key_id,
            "keys_missing": list(self.keys_missing),
            "last_hash": self.last_hash,
            "broken": self.broken.as_object() if self.broken else None,
            "back_in_time": self.back_in_time,
            "first_back": _place(self.first_back),
            "ahead": _place(self.ahead),
            "connectors": [{"name": name, "what": what} for name, what in self.connectors],
        }


def _place(found: tuple[int | None, str | None] | None) -> dict[str, Any] | None:
    return {"id": found[0], "at": found[1]} if found else None


def verify(
    db: Database,
    settings: Settings,
    source: KeySource | None = None,
    *,
    rows: bool = True,
    expect: str | None = None,
) -> Verification:
    """Check the hash, the place and the seal of every entry of the tenant's log.

    With `rows`, every connector is compared with its last entry too, and with its seal if its key
    is available. The hash `expect`, which a
    backup or `key status` printed earlier, must be in the log: else the log was cut, or replaced.

    Streams one snapshot of the store. Keys come from `source`, by default the key source of the
    settings; the result names missing ones. Raises NotFound and StoreError.
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
    altered = _altered(db, settings.tenant, sealers) if rows else ()
    if broken is None and expect is not None and not _contains(db, settings.tenant, expect):
        broken = Broken(None, None, "unexpected")
    if broken is None and altered:
        broken = Broken(None, None, "connectors")
    return Verification(
        tenant=settings.tenant,
        state=_state(head, broken, walk.trust, sealers),
        entries=walk.entries,
        seals=walk.seals,
        seals_checked=walk.checked,
        sealed_until=walk.sealed_until,
        unproven_until=walk.unproven_until,
        trust=walk.trust,
        seal_key_id=head.seal_key_id if head else None,
        keys_missing=tuple(sorted(sealers.missing)),
        last_hash=head.hash if head else None,
        broken=broken,
        back_in_time=walk.back_in_time,
        first_back=walk.first_back,
        ahead=walk.ahead,
        connectors=altered,
    )


def _altered(db: Database, tenant: str, sealers: "_Sealers") -> tuple[tuple[str, str], ...]:
    """Return the connectors that are not as their last change left them: name, what differs."""
    found = {**dict(_changed(db, tenant, sealers)), **dict(history.out_of_step(db, tenant))}
    return tuple(sorted(found.items()))


def _changed(db: Database, tenant: str, sealers: "_Sealers") -> Iterator[tuple[str, str]]:
    """Yield the connectors that do not match their seals, removed ones too.

    Text that is not UTF-8 is read with its bytes kept, as it is where it is sealed again.
    """
    opener = Opener(db, sealers.source)
    try:
        yield from _unlike_seals(db, tenant, opener)
    except Damaged:
        db.keep_bytes()
        yield from _unlike_seals(db, tenant, opener)


def _unlike_seals(db: Database, tenant: str, opener: Opener) -> Iterator[tuple[str, str]]:
    for is_removed in (False, True):
        for name, row in sealed_rows(db, tenant, removed=is_removed):
            if row is None or _is_altered(opener, row):
                yield printable(name), "changed"


def _is_altered(opener: Opener, row: dict[str, Any]) -> bool:
    """Return whether a row differs from its seal.

    One that the log says was changed without its key does not count, nor one whose key is missing.
    """
    if row["logged_revision"] == NOT_SEALED:
        return False
    try:
        opener.check_seal(row)
    except Tampered:
        return True
    except KeyProblem:
        return False
    return False


def _contains(db: Database, tenant: str, expected: str) -> bool:
    return history.entry_with_hash(db, tenant, expected) is not None


class _Sealers:
    """The tenant's log sealers by key id, each key fetched once; `missing` has missing keys."""

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

    def source(self) -> KeySource:
        """Return the source of the keys; raises KeyProblem."""
        if self._source is None:
            self._source = find_source(self._settings.environ, self._store_id)
        return self._source

    def _fetched(self, key_id: str) -> Sealer | None:
        try:
            return Sealer(self.source().get(key_id), self._settings.tenant)
        except KeyProblem:
            self.missing.add(key_id)
            return None


def _state(head: Head | None, broken: Broken | None, trust: str, sealers: _Sealers) -> State:
    if broken is not None or head is None:
        return "broken"
    if head.seal is None or trust == UNSEALED:
        return "unsealed"
    return "whole" if sealers.get(str(head.seal_key_id)) and not trust else "unchecked"


def _named(db: Database, tenant: str, walk: Walk) -> Broken | None:
    """Return what is broken, with the cause for an entry whose predecessor is not the one it names.

    The entry that it names may come later (it was moved), earlier (others were inserted), or not
    at all (it was removed).
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
