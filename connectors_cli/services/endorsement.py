"""Which keys are a tenant's: each key of a tenant is endorsed by the one before it.

The table `keys` names a tenant's keys, and whoever can write to the database can write to it. So
each row has a MAC by the key before it, the first by itself, and a key seals nothing before that is
checked. See the guide on security for what this cannot notice.
"""

from __future__ import annotations

from connectors_cli.errors import KeyMissing, KeyProblem, Tampered
from connectors_cli.store.read.keys import endorsed_keys, keys_of_log
from connectors_cli.system.text import command_line
from connectors_cli.vault.log_seals import same

TYPE_CHECKING = False  # importing typing costs a fast read
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from connectors_cli.store.read.database import Database
    from connectors_cli.vault.key_sources import KeySource
    from connectors_cli.vault.seal import Key

    Find = Callable[[str], Key | None]

_ENDORSE = "UPDATE keys SET endorsed_by = ?, endorsement = ? WHERE tenant_id = ? AND id = ?"


class TenantKeys:
    """The keys of one tenant as the store names them, and the checks before one is used."""

    def __init__(self, db: Database, tenant: str) -> None:
        self._db = db
        self._tenant = tenant
        rows = endorsed_keys(db, tenant)
        self._states = {key_id: state for key_id, state, *_ in rows}
        self._endorsements = {key_id: (by, mac) for key_id, _, by, mac in rows}
        self._of_log: list[str] | None = None

    @property
    def active(self) -> str | None:
        """The id of the active key; None if the store names none."""
        return next((key_id for key_id, state in self._states.items() if state == "active"), None)

    def check(self, key: Key, loaded: Iterable[Key]) -> None:
        """Check that a key may open what it sealed: it is one of the tenant's.

        Only keys that are loaded are asked for their endorsement, because a read fetches no others.

        Raises:
            Tampered: the key was made one of the tenant's outside connectors.
        """
        known = {one.id: one for one in (*loaded, key)}
        self._lineage(key.id, known.get)

    def check_sealing(self, key_id: str, source: KeySource) -> None:
        """Check that a key may seal: it is the active one, or one that led to it.

        Every key that is available and that the store says was one of the tenant's, in `keys` or in
        the log, must have endorsed, itself or by a later key, the active one.

        Raises:
            Tampered: the active key was made so outside connectors, or replaced a lost key that is
                available again.
            KeyProblem: the source does not answer.
        """
        find = _finder(source)
        lineage = self._lineage(self.active or key_id, find)
        known = {*lineage, *self._next(lineage, find)}
        if key_id not in known:
            raise self._foreign(key_id)
        for other in self._claimed():
            if other not in known and find(other) is not None:
                raise self._foreign(lineage[0], other)

    def may_seal(self, source: KeySource) -> bool:
        """Return whether the active key, if any, may seal the log; see `check_sealing`."""
        if self.active is None:
            return True
        try:
            self.check_sealing(self.active, source)
        except KeyProblem:
            return False
        return True

    def endorse(self, key_id: str, by: Key) -> None:
        """Record that a key endorses another one, or itself."""
        mac = by.endorsement(self._tenant, key_id)
        self._db.write(_ENDORSE, [(by.id, mac, self._tenant, key_id)])
        self._endorsements[key_id] = (by.id, mac)

    def accept(self, source: KeySource) -> list[str]:
        """Let every available key endorse the next one, up to the active one; return their ids.

        For an owner who says that they are the tenant's keys.

        Raises:
            KeyMissing: the active key is not available.
            Tampered: an available key sealed the log, but the store does not name it.
        """
        active, find = self.active or "", _finder(source)
        source.get(active)
        listed = [key_id for key_id in self._claimed() if key_id != active]
        found = [key for key_id in (*listed, active) if (key := find(key_id)) is not None]
        for before, key in zip((found[0], *found), found, strict=False):
            if key.id not in self._states:
                raise self._foreign(active, key.id)
            self.endorse(key.id, before)
        return [key.id for key in found]

    def is_endorsed(self, key_id: str) -> bool:
        """Return whether a key has an endorsement; those of older programs have none."""
        return self._endorsements.get(key_id, (None,))[0] is not None

    @property
    def replaced(self) -> tuple[str, ...]:
        """The keys that sealed the log before the active one, and did not lead to it."""
        lineage = self._lineage(self.active or "", lambda _: None)
        return tuple(key_id for key_id in self._keys_of_log() if key_id not in lineage)

    def _claimed(self) -> list[str]:
        """Return the ids of all keys that were in use, oldest first."""
        used = [key_id for key_id, state in self._states.items() if state != "pending"]
        return list(dict.fromkeys([*used, *self._keys_of_log()]))

    def _keys_of_log(self) -> list[str]:
        if self._of_log is None:
            self._of_log = keys_of_log(self._db, self._tenant)
        return self._of_log

    def _next(self, lineage: list[str], find: Find) -> list[str]:
        """Return the keys that one of these endorsed, but that never became active."""
        used = self._keys_of_log()
        endorsed = ((key_id, by) for key_id, (by, _) in self._endorsements.items())
        new = [k for k, by in endorsed if by in lineage and k not in (*lineage, *used) and find(by)]
        return [key_id for key_id in new if self._lineage(key_id, find)]

    def _lineage(self, key_id: str, find: Find) -> list[str]:
        """Return a key and those before it; each endorsement whose key is found is checked."""
        found: list[str] = []
        while key_id not in found:
            if key_id not in self._endorsements:
                raise self._foreign(found[0] if found else key_id)
            found.append(key_id)
            by, mac = self._endorsements[key_id]
            if by is None:
                break
            endorser = find(str(by))
            if endorser and not same(mac, endorser.endorsement(self._tenant, key_id)):
                raise self._foreign(found[0], None if by == key_id else str(by))
            key_id = str(by)
        return found

    def _foreign(self, key_id: str, other: str | None = None) -> Tampered:
        """Return the error for a key that another one, or nobody, did not endorse."""
        why = f"key {other} did not endorse it" if other else "it has no valid endorsement"
        accept = command_line("key", "accept", "--tenant", self._tenant)
        return Tampered(
            f"key {key_id} is not known to be one of tenant {self._tenant}: {why}; the store may"
            " have been altered, and nothing was sealed or opened",
            hint=f"if you replaced a lost key: {accept}; else restore a backup:"
            " connectors restore --from FILE",
        )


def _finder(source: KeySource) -> Find:
    """Return a function that finds a key by its id, None for one that is not available."""

    def find(key_id: str) -> Key | None:
        try:
            return source.get(key_id)
        except KeyMissing:
            return None

    return find
