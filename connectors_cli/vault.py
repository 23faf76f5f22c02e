"""Seals and opens credentials: values in, tokens out; no store, no files, no environment."""

import hashlib
import hmac
import json
import time
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from connectors_cli.errors import ConnectorsError, Tampered

VERSION = b"\x01"
DIGEST_SIZE = 32
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Key:
    """A Fernet key and its id; neither is ever in its repr."""

    __slots__ = ("_raw", "id", "text")

    def __init__(self, text: str) -> None:
        import base64

        self.text = text
        self._raw = base64.urlsafe_b64decode(text)
        self.id = hmac.digest(self._raw, b"connectors/key-id", "sha256").hex()[:16]

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def derive(self, label: bytes) -> bytes:
        """Return 32 bytes for one use, by HKDF-Expand (RFC 5869) of the key."""
        return HKDFExpand(algorithm=SHA256(), length=32, info=label).derive(self._raw)


def new_key() -> Key:
    """Make a key from the operating system's randomness."""
    return Key(Fernet.generate_key().decode())


class Vault:
    """One tenant's sealing under one key.

    A token is Fernet over `0x01 || SHA-256(lp(tenant) || lp(connector) || lp(field)) || value`,
    where lp is the 4-byte big-endian length and the bytes, and value is JSON in UTF-8: a token
    that was moved to another field, connector or tenant does not open.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self._fernet = Fernet(key.text)
        self._row_key = key.derive(b"connectors/row")
        self._fingerprint_key: bytes | None = None

    def seal(self, place: tuple[str, str, str], value: Any) -> str:
        """Seal a JSON value for (tenant, connector id, field); return the token."""
        body = (
            VERSION
            + _digest(place)
            + json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        )
        return self.wrap(body)

    def wrap(self, body: bytes) -> str:
        """Return the token of what `unwrap` returns."""
        return encrypt(self._fernet, body)

    def open(self, place: tuple[str, str, str], token: object) -> Any:
        """Return the value that was sealed for this place; Tampered if it was not."""
        body = self.unwrap(place, token)
        return json.loads(body[1 + DIGEST_SIZE :].decode("utf-8", "surrogatepass"))

    def reseal(self, place: tuple[str, str, str], token: object, under: "Vault") -> tuple[str, Any]:
        """Return a value's token under another vault, opened again for proof, and the value.

        Raises Tampered for a token that does not open, here or there.
        """
        body = self.unwrap(place, token)
        sealed = under.wrap(body)
        if not under.holds(sealed, body):
            raise Tampered(f"the new seal of {place[2]!r} does not hold its value")
        return sealed, json.loads(body[1 + DIGEST_SIZE :].decode("utf-8", "surrogatepass"))

    def holds(self, token: str, body: bytes) -> bool:
        """Tell whether a token that was just made opens again to what was put in."""
        try:
            return self._fernet.decrypt(token) == body
        except InvalidToken:
            return False

    def unwrap(self, place: tuple[str, str, str], token: object) -> bytes:
        """Return what a token holds, its place included; Tampered unless that is this place."""
        field = place[2]
        if not isinstance(token, str) or not token.isascii():
            raise Tampered(f"the sealed value of {field!r} is damaged: it is not a token")
        try:
            body = self._fernet.decrypt(token)
        except InvalidToken:
            raise Tampered(f"the sealed value of {field!r} is damaged") from None
        if body[:1] != VERSION or not hmac.compare_digest(
            body[1 : 1 + DIGEST_SIZE], _digest(place)
        ):
            raise Tampered(f"the sealed value of {field!r} belongs to another record")
        return body

    def fingerprint(self, place: tuple[str, str, str], value: Any) -> str:
        """Return a keyed digest that tells whether a value changed, and nothing else."""
        if self._fingerprint_key is None:
            self._fingerprint_key = self.key.derive(b"connectors/fingerprint")
        body = _digest(place) + canonical(value)
        return hmac.digest(self._fingerprint_key, body, "sha256").hex()[:32]

    def row_mac(self, sealed: dict[str, Any]) -> str:
        """Return the seal over a connector's row, as hex.

        `sealed` has tenant_id, id, catalog_key, source, digest, name, config and auth (parsed).
        A built-in type's digest is left out: its entry is taken from the program, not the store.
        """
        parts = (
            sealed["tenant_id"],
            sealed["id"],
            sealed["catalog_key"],
            sealed["digest"] if sealed["source"] == "custom" else None,
            sealed["name"],
            sealed["config"],
            sealed["auth"],
        )
        return hmac.digest(self._row_key, canonical(parts), "sha256").hex()

    def check_row(self, sealed: dict[str, Any]) -> None:
        """Raise Tampered unless the row is as this program last wrote it."""
        try:
            expected = self.row_mac(sealed).encode()
        except TypeError:  # a column of bytes, which this program never writes
            raise self._altered(sealed) from None
        found = str(sealed["auth_mac"]).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(expected, found):
            raise self._altered(sealed)

    def _altered(self, sealed: dict[str, Any]) -> Tampered:
        """Name the credential that is damaged or moved; else it is what stands beside them."""
        what, name = "it was changed outside connectors", sealed["name"]
        hint = f"if the change is yours, `connectors credentials accept {name!r}`"
        tokens = sealed["auth"] if isinstance(sealed["auth"], dict) else {}
        for field in tokens:
            try:
                self.open((str(sealed["tenant_id"]), str(sealed["id"]), field), tokens[field])
            except Tampered as error:
                what = error.message
                hint = (
                    f"the others work; `connectors credentials reset {name!r}` keeps its settings"
                )
                break
        return Tampered(
            f"connector {name!r} is not used: {what}",
            hint=f"{hint}; or put a backup in the store's place",
        )

    def open_row(
        self, sealed: dict[str, Any], fields: tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        """Check a row's seal, then open its credentials (or those named); Tampered if altered."""
        self._check_own(sealed)
        wanted = sealed["auth"] if fields is None else fields
        place = (sealed["tenant_id"], sealed["id"])
        return {
            field: self.open((*place, field), sealed["auth"][field])
            for field in wanted
            if field in sealed["auth"]
        }

    def reseal_row(
        self, sealed: dict[str, Any], under: "Vault"
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Check a row's seal; return its tokens and fingerprints under another vault."""
        self._check_own(sealed)
        tokens, prints = {}, {}
        for field, token in sealed["auth"].items():
            place = (sealed["tenant_id"], sealed["id"], field)
            tokens[field], value = self.reseal(place, token, under)
            prints[field] = under.fingerprint(place, value)
        return tokens, prints

    def _check_own(self, sealed: dict[str, Any]) -> None:
        if sealed["key_id"] != self.key.id:
            raise Tampered(f"connector {sealed['name']!r} is not sealed with key {self.key.id}")
        self.check_row(sealed)


def encrypt(fernet: Fernet, body: bytes) -> str:
    """Return a body's token; ConnectorsError when the clock says a time that no token can hold."""
    check_clock()
    return fernet.encrypt(body).decode("ascii")


def check_clock() -> None:
    """Raise ConnectorsError before 1970: for what comes only once, before it is asked for."""
    if time.time() < 0:
        raise ConnectorsError(
            "the system clock is before 1970: nothing can be sealed",
            hint="set the clock: timedatectl, or your system's settings",
        )


def canonical(value: Any) -> bytes:
    """Return the one JSON text of a value: sorted names, no spaces, ASCII."""
    return _CANONICAL(value).encode("ascii")


def _digest(place: tuple[str, str, str]) -> bytes:
    parts = [part.encode("utf-8", "surrogatepass") for part in place]
    framed = b"".join([len(data).to_bytes(4, "big") + data for data in parts])
    return hashlib.sha256(framed).digest()
