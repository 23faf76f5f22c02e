"""Seals an export under a passphrase: scrypt makes the key, Fernet seals; no files, no store."""

import base64
import binascii
import hashlib
import json
import os
import unicodedata
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from connectors_cli.errors import InvalidInput, KeyProblem, Tampered
from connectors_cli.vault import canonical, encrypt

SALT_SIZE = 16
DIGEST_SIZE = 32
_CHECK = b"connectors export"
_MOST_MEMORY = 1024**3


@dataclass(frozen=True, slots=True)
class Cost:
    """What guessing a passphrase costs: 128 MiB and some tenths of a second a guess."""

    n: int = 2**17
    r: int = 8
    p: int = 1


STANDARD = Cost()


class Envelope:
    """The sealing of one file; each connector's credentials are bound to all that stands beside.

    A token is Fernet over `SHA-256(canonical JSON of [number, connector without it]) || value`, so
    that a connector that was altered, moved, added or left out is noticed.
    """

    def __init__(self, passphrase: str, salt: bytes, cost: Cost = STANDARD) -> None:
        # One text typed on two systems can be composed in two ways.
        secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
        key = Scrypt(salt=salt, length=32, n=cost.n, r=cost.r, p=cost.p).derive(secret)
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._salt = salt
        self._cost = cost

    @property
    def head(self) -> dict[str, Any]:
        """What the file says of its sealing: everything but the passphrase."""
        return {
            "kdf": "scrypt",
            "n": self._cost.n,
            "r": self._cost.r,
            "p": self._cost.p,
            "salt": base64.b64encode(self._salt).decode(),
            "check": encrypt(self._fernet, _CHECK),
        }

    def seal(self, number: int, beside: dict[str, Any], value: Any) -> str:
        """Return the token of a value that belongs to the connector of a number (from 0)."""
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return encrypt(self._fernet, _digest(number, beside) + body)

    def open(self, number: int, beside: dict[str, Any], token: object) -> Any:
        """Return what was sealed for this place; Tampered if it was not."""
        try:
            body = self._fernet.decrypt(token if isinstance(token, str) else "")
        except (InvalidToken, ValueError):
            raise Tampered("the sealed value is damaged") from None
        if body[:DIGEST_SIZE] != _digest(number, beside):
            raise Tampered("was changed since it was exported, or stands at another place")
        return json.loads(body[DIGEST_SIZE:].decode("utf-8", "surrogatepass"))


def new_envelope(passphrase: str, cost: Cost = STANDARD) -> Envelope:
    """Return an envelope with a salt of its own."""
    return Envelope(passphrase, os.urandom(SALT_SIZE), cost)


def envelope_of(passphrase: str, head: object, where: str) -> Envelope:
    """Return the envelope of a file from what it says of itself.

    Raises KeyProblem for a wrong passphrase, InvalidInput for what is no sealing we can open.
    """
    if not isinstance(head, dict) or head.get("kdf") != "scrypt":
        raise InvalidInput(f"{where}: its sealing is not scrypt")
    cost, salt = _cost(head, where), _salt(head, where)
    envelope = Envelope(passphrase, salt, cost)
    try:
        right = envelope._fernet.decrypt(str(head.get("check"))) == _CHECK  # noqa: SLF001 - our own
    except (InvalidToken, ValueError):
        right = False
    if not right:
        raise KeyProblem(f"{where}: wrong passphrase", hint="nothing was read or changed")
    return envelope


def _cost(head: dict[str, Any], where: str) -> Cost:
    numbers = [head.get(name) for name in ("n", "r", "p")]
    if not all(isinstance(number, int) and 0 < number < 2**31 for number in numbers):
        raise InvalidInput(f"{where}: the numbers of its sealing are none")
    n, r, p = (int(str(number)) for number in numbers)
    if n < 2 or n & (n - 1) or n * r * 128 > _MOST_MEMORY or p > 16:
        raise InvalidInput(f"{where}: its sealing asks for more work or memory than is taken")
    return Cost(n, r, p)


def _salt(head: dict[str, Any], where: str) -> bytes:
    try:
        return base64.b64decode(str(head.get("salt")), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"{where}: the salt of its sealing is damaged") from None


def _digest(number: int, beside: dict[str, Any]) -> bytes:
    return hashlib.sha256(canonical([number, beside])).digest()
