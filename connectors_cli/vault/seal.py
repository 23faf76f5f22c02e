"""The encryption of credentials: values in, tokens out; no store, files or environment."""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from connectors_cli.errors import ConnectorsError, Tampered
from connectors_cli.system.text import command_line

VERSION = b"\x01"
GRANTED = b"\x02"
"""The version of a token that also contains where its value was granted."""
ROW_VERSION = "2:"
"""How a row's seal of version 2 begins; one of version 1 is bare hex."""
_COVERED = (
    *("tenant_id", "id", "catalog_key", "name", "version", "status", "deleted_at"),
    *("auth_expires_at", "revision"),
)
_COVERED_TEXTS = ("config", "auth", "auth_fingerprints", "tags")
DIGEST_SIZE = 32
Origins = tuple[str, ...]
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Key:
    """A Fernet key and its id; the repr never shows the key."""

    __slots__ = ("_raw", "id", "text")

    def __init__(self, text: str) -> None:
        import base64

        self.text = text
        self._raw = base64.urlsafe_b64decode(text)
        self.id = hmac.digest(self._raw, b"connectors/key-id", "sha256").hex()[:16]

    def __repr__(self) -> str:
        return f"Key({self.id})"

    def endorsement(self, tenant: str, key_id: str) -> str:
        """Return the MAC, as hex, by which this key says that a key is one of a tenant's."""
        text = canonical_json(["key of tenant", tenant, key_id])
        return hmac.digest(self.derive(b"connectors/tenant-key"), text, "sha256").hex()

    def derive(self, label: bytes) -> bytes:
        """Return 32 bytes for one purpose, by HKDF-Expand (RFC 5869) of the key."""
        return HKDFExpand(algorithm=SHA256(), length=32, info=label).derive(self._raw)


def new_key() -> Key:
    """Generate a key from the operating system's randomness."""
    return Key(Fernet.generate_key().decode())


class Cipher:
    """Seals and opens one tenant's values under one key.

    A token is Fernet over `0x01 || SHA-256(lp(tenant) || lp(connector) || lp(field)) || value`,
    where lp is the 4-byte big-endian length followed by the bytes, and value is JSON in UTF-8. A
    token that was moved to another field, connector or tenant does not open. Of a value that a
    service granted, the body is `0x02 || SHA-256(...) || lp(origins) || value`: the addresses that
    it may be sent to, as JSON.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self._fernet = Fernet(key.text)
        self._row_key = key.derive(b"connectors/row")
        self._row_key_2: bytes | None = None
        self._fingerprint_key: bytes | None = None

    def seal(self, place: tuple[str, str, str], value: Any, origins: Origins = ()) -> str:
        """Seal a JSON value for (tenant, connector id, field); return the token.

        `origins` are where a value may be sent that a service granted; typed ones have none.
        """
        head = VERSION + _digest(place)
        if origins:
            granted = canonical_json(origins)
            head = GRANTED + _digest(place) + len(granted).to_bytes(4, "big") + granted
        text = json.dumps(value, ensure_ascii=False)
        return self.wrap(head + text.encode("utf-8", "surrogatepass"))

    def wrap(self, body: bytes) -> str:
        """Encrypt a body, as `unwrap` returns it; return the token."""
        return encrypt(self._fernet, body)

    def open(self, place: tuple[str, str, str], token: object) -> Any:
        """Return the value that was sealed for this place.

        Raises:
            Tampered: the token is damaged or was sealed for another place.
        """
        return _value(self.unwrap(place, token))

    def origins(self, place: tuple[str, str, str], token: object) -> Origins:
        """Return where a value may be sent that a service granted; empty for another.

        Raises:
            Tampered: the token is damaged or was sealed for another place.
        """
        return _origins(self.unwrap(place, token))

    def reseal(
        self, place: tuple[str, str, str], token: object, under: "Cipher"
    ) -> tuple[str, Any]:
        """Seal a token's value under another cipher and check the result; return token and value.

        Raises:
            Tampered: the old or the new token does not open.
        """
        body = self.unwrap(place, token)
        sealed = under.wrap(body)
        if not under.holds(sealed, body):
            raise Tampered(f"the new seal of {place[2]!r} does not contain its value")
        return sealed, _value(body)

    def holds(self, token: str, body: bytes) -> bool:
        """Return whether a new token opens to this body."""
        try:
            return self._fernet.decrypt(token) == body
        except InvalidToken:
            return False

    def unwrap(self, place: tuple[str, str, str], token: object) -> bytes:
        """Return a token's body: version, digest of the place, and value.

        Raises:
            Tampered: the token is damaged or was sealed for another place.
        """
        field = place[2]
        if not isinstance(token, str) or not token.isascii():
            raise Tampered(f"the sealed value of {field!r} is damaged: it is not a token")
        try:
            body = self._fernet.decrypt(token)
        except InvalidToken:
            raise Tampered(f"the sealed value of {field!r} is damaged") from None
        if body[:1] not in {VERSION, GRANTED} or not hmac.compare_digest(
            body[1 : 1 + DIGEST_SIZE], _digest(place)
        ):
            raise Tampered(f"the sealed value of {field!r} belongs to another record")
        return body

    def fingerprint(self, place: tuple[str, str, str], value: Any) -> str:
        """Return a keyed digest of a value, to see whether it changed without opening it."""
        if self._fingerprint_key is None:
            self._fingerprint_key = self.key.derive(b"connectors/fingerprint")
        body = _digest(place) + canonical_json(value)
        return hmac.digest(self._fingerprint_key, body, "sha256").hex()[:32]

    def row_mac(self, sealed: dict[str, Any]) -> str:
        """Return the seal of version 1 of a connector's row as hex; rows of older programs have it.

        `sealed` contains tenant_id, id, catalog_key, source, digest, name, config and auth
        (parsed). The seal omits a built-in type's digest, because its entry comes from the program.
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
        return hmac.digest(self._row_key, canonical_json(parts), "sha256").hex()

    def row_seal(self, sealed: dict[str, Any]) -> str:
        """Return the seal (version 2) of a connector's row.

        It covers the row as it is stored, its JSON as text, so that nothing which steers a use can
        change unseen. `sealed` contains what `_COVERED` and `_COVERED_TEXTS` name, and the type as
        for `row_mac`.

        Raises:
            TypeError: a column contains bytes, which this program never writes.
        """
        parts = [sealed[name] for name in _COVERED]
        parts += [sealed["texts"][name] for name in _COVERED_TEXTS]
        parts.append(sealed["digest"] if sealed["source"] == "custom" else None)
        if self._row_key_2 is None:
            self._row_key_2 = self.key.derive(b"connectors/row/2")
        digest = hmac.digest(self._row_key_2, canonical_json(parts), "sha256")
        return ROW_VERSION + urlsafe_b64encode(digest).decode()

    def check_row(self, sealed: dict[str, Any]) -> None:
        """Check that a row is as this program last wrote it; Tampered if it was changed."""
        found = str(sealed["auth_mac"])
        seal = self.row_seal if found.startswith(ROW_VERSION) else self.row_mac
        try:
            expected = seal(sealed).encode()
        except TypeError:  # a column contains bytes, which this program never writes
            raise self.altered(sealed) from None
        if not hmac.compare_digest(expected, found.encode("utf-8", "surrogatepass")):
            raise self.altered(sealed)

    def altered(
        self, sealed: dict[str, Any], what: str = "it was changed outside connectors"
    ) -> Tampered:
        """Return the error that names a damaged or moved credential, else says the row changed."""
        name = sealed["name"]
        hint = f"if you made the change: {command_line('credentials', 'accept', name)}"
        tokens = sealed["auth"] if isinstance(sealed["auth"], dict) else {}
        for field in tokens:
            try:
                self.open((str(sealed["tenant_id"]), str(sealed["id"]), field), tokens[field])
            except Tampered as error:
                what = error.message
                reset = command_line("credentials", "reset", name)
                hint = f"to clear its credentials and keep its settings: {reset}"
                break
        return Tampered(
            f"connector {name!r} cannot be used: {what}",
            hint=f"{hint}; or restore a backup: connectors restore --from FILE",
        )

    def open_row(
        self, sealed: dict[str, Any], fields: tuple[str, ...] | None = None
    ) -> dict[str, Any]:
        """Check a row's seal and return its credentials, or only the named `fields`.

        Raises:
            Tampered: the row was changed, or is sealed with another key.
        """
        self._check_own(sealed)
        wanted = sealed["auth"] if fields is None else fields
        place = (sealed["tenant_id"], sealed["id"])
        return {
            field: self.open((*place, field), sealed["auth"][field])
            for field in wanted
            if field in sealed["auth"]
        }

    def reseal_row(
        self, sealed: dict[str, Any], under: "Cipher"
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Check a row's seal; return its tokens and fingerprints under another cipher.

        Raises:
            Tampered: the row was changed, or is sealed with another key.
        """
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
    """Encrypt a body; return the token.

    Raises:
        ConnectorsError: the clock shows a time before 1970, which a token cannot contain.
    """
    check_clock()
    return fernet.encrypt(body).decode("ascii")


def check_clock() -> None:
    """Check the clock before asking a service for something that it issues only once.

    Raises:
        ConnectorsError: the clock is before 1970, so nothing could be sealed.
    """
    if time.time() < 0:
        raise ConnectorsError(
            "the system clock is before 1970: nothing can be sealed",
            hint="set the clock: timedatectl, or your system's settings",
        )


def canonical_json(value: Any) -> bytes:
    """Return the canonical JSON of a value: sorted names, no spaces, ASCII."""
    return _CANONICAL(value).encode("ascii")


def _value(body: bytes) -> Any:
    start = 1 + DIGEST_SIZE
    if body[:1] == GRANTED:
        start += 4 + int.from_bytes(body[start : start + 4], "big")
    return json.loads(body[start:].decode("utf-8", "surrogatepass"))


def _origins(body: bytes) -> Origins:
    if body[:1] != GRANTED:
        return ()
    start = 1 + DIGEST_SIZE
    end = start + 4 + int.from_bytes(body[start : start + 4], "big")
    return tuple(json.loads(body[start + 4 : end]))


def _digest(place: tuple[str, str, str]) -> bytes:
    parts = [part.encode("utf-8", "surrogatepass") for part in place]
    framed = b"".join([len(data).to_bytes(4, "big") + data for data in parts])
    return hashlib.sha256(framed).digest()
