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

    def seal_entry(self, entry_hash: str) -> str:
        """Return the seal of the chain up to an entry, as hex."""
        return self._seal(f'["entry",{self._tenant},"{entry_hash}"]')

    def seal_head(self, entries: int, last_hash: str | None) -> str:
        """Return the seal of a whole log: how many entries it has, and the hash of the last."""
        return self._seal(f'["head",{self._tenant},{entries},"{last_hash or ""}"]')

    def _seal(self, text: str) -> str:
        return hmac.digest(self._key, text.encode("ascii"), "sha256").hex()
