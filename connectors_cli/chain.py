"""A tenant's log as a chain: each entry's hash holds the one before, and seals hold the key."""

import hashlib
import hmac
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quote

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.vault import Key

HASHED = (
    *("at", "tenant_id", "principal", "email", "action", "subject", "outcome", "details"),
    "seal_key_id",
)
"""What an entry's hash is over, in this order, after the hash of the entry before."""

UNSEALED, LOST, BROKEN = "unsealed", "lost", "broken"
STANDINGS = ("", UNSEALED, LOST, BROKEN)
"""What whoever lays a seal knows of the log before it, from best to worst; all later seals say so.

All of it is as it was sealed (or new); it begins with entries that nobody sealed; it was sealed
with a key that is not to be had any more; it is not as it was sealed.
"""


def hash_entry(previous: str | None, entry: Sequence[str | None]) -> str:
    """Return the SHA-256 of an entry, whose values are those that HASHED names, as hex.

    All are text as it is stored: the time as RFC 3339 in UTC with microseconds, the details as the
    very JSON text, so that nothing that is shown of an entry can differ under the same hash. It is
    over the JSON of them all, an array without spaces in ASCII. Raises TypeError for what is
    neither text nor None.
    """
    texts = ["null" if value is None else quote(value) for value in (previous, *entry)]
    return hashlib.sha256(f"[{','.join(texts)}]".encode("ascii")).hexdigest()


class Sealer:
    """Seals the entries of one tenant's log, and how long it is, under one of the tenant's keys."""

    __slots__ = ("_key", "_tenant", "key_id")

    def __init__(self, key: "Key", tenant: str) -> None:
        self._key = key.derive(b"connectors/log")
        self._tenant = quote(tenant)
        self.key_id = key.id

    def seal_entry(self, entry_hash: str, before: str, standing: str = "") -> str:
        """Return the seal of the chain up to an entry, as hex.

        It holds the hash of the entry that was sealed `before` (none: no text), so that it fits no
        log but the one that it was laid over.
        """
        text = f'["entry",{self._tenant},{quote(entry_hash)},{quote(before)}'
        return self._seal(f"{text},{quote(standing)}]" if standing else f"{text}]")

    def seal_alone(self, entry_hash: str) -> str:
        """Return an entry's seal as it was in schema version 2: it does not hold the one before."""
        return self._seal(f'["entry",{self._tenant},{quote(entry_hash)}]')

    def seal_head(self, entries: int, last_hash: str | None, standing: str = "") -> str:
        """Return the seal of a whole log: how many entries it has, and the hash of the last."""
        text = f'["head",{self._tenant},{entries:d},{quote(last_hash or "")}'
        return self._seal(f"{text},{quote(standing)}]" if standing else f"{text}]")

    def _seal(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("ascii"), "sha256").hex()


class Head:
    """Where a log ends, as its store has it, and up to where it is sealed."""

    __slots__ = ("entries", "hash", "seal", "seal_key_id", "sealed_entries", "sealed_hash")

    def __init__(
        self,
        entries: int,
        last_hash: str | None,
        sealed: tuple[int | None, str | None],
        seal: tuple[str | None, str | None],
    ) -> None:
        self.entries = entries
        self.hash = last_hash
        self.sealed_entries, self.sealed_hash = sealed
        self.seal, self.seal_key_id = seal

    def is_possible(self) -> bool:
        """Tell whether this program can have written it: no place is past the end or before all."""
        sealed = 0 if self.sealed_entries is None else self.sealed_entries
        places: tuple[object, ...] = (self.entries, sealed)
        texts: tuple[object, ...] = (self.hash, self.sealed_hash, self.seal, self.seal_key_id)
        return all(isinstance(place, int) and place >= 0 for place in places) and all(
            isinstance(text, str | None) for text in texts
        )

    @property
    def is_bare(self) -> bool:
        """Whether it says that nothing was ever sealed."""
        sealed = (self.sealed_entries, self.sealed_hash, self.seal, self.seal_key_id)
        return sealed == (None, None, None, None)

    def standing(self, sealer: Sealer) -> str | None:
        """Return what the seal says of the log; None for one that does not match."""
        if self.seal is None or self.sealed_entries is None:
            return None
        for standing in STANDINGS:
            expected = sealer.seal_head(self.sealed_entries, self.sealed_hash, standing)
            if same(self.seal, expected):
                return standing
        return None


def same(found: object, expected: str) -> bool:
    """Tell whether a stored seal, whatever it is, is the one expected."""
    text = str(found).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(text, expected.encode())
