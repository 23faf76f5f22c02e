"""Hashes and seals of the audit log: a hash chain per tenant, sealed with the tenant's key."""

import hashlib
import hmac
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quote

TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from connectors_cli.vault.seal import Key

HASHED = (
    *("at", "tenant_id", "principal", "email", "action", "subject", "outcome", "details"),
    "seal_key_id",
)
"""The columns that an entry's hash covers, in this order, after the previous hash."""

UNSEALED, LOST, BROKEN = "unsealed", "lost", "broken"
TRUST_LEVELS = ("", UNSEALED, LOST, BROKEN)
"""What the sealer knew of the earlier log, best first; later seals carry the worst value on.

"": the log matches its seals (or is new); "unsealed": it begins with unsealed entries; "lost": it
was sealed with a key that was lost; "broken": it does not match its seals.
"""


def hash_entry(previous: str | None, entry: Sequence[str | None]) -> str:
    """Return the SHA-256 of an entry as hex; its values are the HASHED columns.

    The values are hashed as they are stored: the time as RFC 3339 in UTC with microseconds, the
    details as the exact JSON text. So two entries that look different never share a hash. The hash
    covers the JSON array of all values, without spaces, in ASCII.

    Raises:
        TypeError: a value is neither text nor None.
    """
    texts = ["null" if value is None else quote(value) for value in (previous, *entry)]
    return hashlib.sha256(f"[{','.join(texts)}]".encode("ascii")).hexdigest()


class Sealer:
    """Seals the entries and the length of one tenant's log under one of the tenant's keys."""

    __slots__ = ("_key", "_tenant", "key_id")

    def __init__(self, key: "Key", tenant: str) -> None:
        self._key = key.derive(b"connectors/log")
        self._tenant = quote(tenant)
        self.key_id = key.id

    def seal_entry(self, entry_hash: str, before: str, trust: str = "") -> str:
        """Return the seal of the chain up to an entry, as hex.

        It includes the hash of the entry that was sealed `before` (empty if none), so that it does
        not fit any other log.
        """
        text = f'["entry",{self._tenant},{quote(entry_hash)},{quote(before)}'
        return self._seal(f"{text},{quote(trust)}]" if trust else f"{text}]")

    def seal_alone(self, entry_hash: str) -> str:
        """Return an entry's seal in the format of schema version 2, without the previous hash."""
        return self._seal(f'["entry",{self._tenant},{quote(entry_hash)}]')

    def seal_head(self, entries: int, last_hash: str | None, trust: str = "") -> str:
        """Return the seal of a log's length: its number of entries and its last hash."""
        text = f'["head",{self._tenant},{entries:d},{quote(last_hash or "")}'
        return self._seal(f"{text},{quote(trust)}]" if trust else f"{text}]")

    def _seal(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("ascii"), "sha256").hex()


class Head:
    """The stored record of where a log ends and how far it is sealed."""

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
        """Return whether this program can have written it: counts are integers, others text."""
        sealed = 0 if self.sealed_entries is None else self.sealed_entries
        places: tuple[object, ...] = (self.entries, sealed)
        texts: tuple[object, ...] = (self.hash, self.sealed_hash, self.seal, self.seal_key_id)
        return all(isinstance(place, int) and place >= 0 for place in places) and all(
            isinstance(text, str | None) for text in texts
        )

    @property
    def is_bare(self) -> bool:
        """Whether nothing was ever sealed."""
        sealed = (self.sealed_entries, self.sealed_hash, self.seal, self.seal_key_id)
        return sealed == (None, None, None, None)

    def trust(self, sealer: Sealer) -> str | None:
        """Return the seal's trust level, or None if the seal does not match."""
        if self.seal is None or self.sealed_entries is None:
            return None
        for trust in TRUST_LEVELS:
            expected = sealer.seal_head(self.sealed_entries, self.sealed_hash, trust)
            if same(self.seal, expected):
                return trust
        return None


def same(found: object, expected: str) -> bool:
    """Return whether a stored seal, of any type, is the expected one; in constant time."""
    text = str(found).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(text, expected.encode())
