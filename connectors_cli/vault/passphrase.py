"""Encryption of exported files with a passphrase: scrypt derives the key, Fernet encrypts."""

import base64
import binascii
import hashlib
import json
import os
import threading
import unicodedata
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from connectors_cli.errors import InvalidInput, KeyProblem, Tampered
from connectors_cli.system.record import Record
from connectors_cli.vault.seal import canonical_json, encrypt

SALT_SIZE = 16
DIGEST_SIZE = 32
_CHECK = b"connectors export"
_MOST_MEMORY = 1024**3
_MOST_WORK = 4
"""How many times our own cost a file may ask for without being trusted."""


class Cost(Record):
    """The scrypt parameters. The defaults cost 128 MiB and some tenths of a second per guess."""

    n: int = 2**17
    r: int = 8
    p: int = 1

    @property
    def work(self) -> int:
        """A number that time is proportional to."""
        return self.n * self.r * self.p


STANDARD = Cost()


class PassphraseCipher:
    """Seals and opens the values of one file; each value is bound to the rest of its item.

    A token is Fernet over `SHA-256(canonical JSON of [number, item without the value]) || value`,
    so that an item that was altered, moved, added or removed is noticed.
    """

    def __init__(self, passphrase: str, salt: bytes, cost: Cost = STANDARD) -> None:
        # Two systems can compose the same typed text differently.
        secret = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
        key = _derived(secret, salt, cost)
        self._fernet = Fernet(base64.urlsafe_b64encode(key))
        self._salt = salt
        self._cost = cost

    @property
    def head(self) -> dict[str, Any]:
        """The parameters for the file: everything except the passphrase."""
        return {
            "kdf": "scrypt",
            "n": self._cost.n,
            "r": self._cost.r,
            "p": self._cost.p,
            "salt": base64.b64encode(self._salt).decode(),
            "check": encrypt(self._fernet, _CHECK),
        }

    def seal(self, number: int, item: dict[str, Any], value: Any) -> str:
        """Return the token of a value that belongs to item `number` (from 0)."""
        body = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return encrypt(self._fernet, _digest(number, item) + body)

    def open(self, number: int, item: dict[str, Any], token: object) -> Any:
        """Return the value that was sealed for this item.

        Raises:
            Tampered: the token is damaged, or the item was changed or moved.
        """
        try:
            body = self._fernet.decrypt(token if isinstance(token, str) else "")
        except (InvalidToken, ValueError):
            raise Tampered("the sealed value is damaged") from None
        if body[:DIGEST_SIZE] != _digest(number, item):
            raise Tampered("was changed or moved since it was exported")
        return json.loads(body[DIGEST_SIZE:].decode("utf-8", "surrogatepass"))


def new_passphrase_cipher(passphrase: str, cost: Cost = STANDARD) -> PassphraseCipher:
    """Return a cipher with a new random salt."""
    return PassphraseCipher(passphrase, os.urandom(SALT_SIZE), cost)


def _derived(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    """Return the scrypt key, derived in a thread: Ctrl-C does not wait for it."""
    found: list[bytes] = []
    failed: list[BaseException] = []

    def derive() -> None:
        try:
            memory = 128 * cost.r * (cost.n + cost.p + 2) + 2**20
            found.append(
                hashlib.scrypt(
                    secret, salt=salt, n=cost.n, r=cost.r, p=cost.p, dklen=32, maxmem=memory
                )
            )
        except BaseException as error:  # noqa: BLE001 - raised below, where it is awaited
            failed.append(error)

    thread = threading.Thread(target=derive, daemon=True)
    thread.start()
    thread.join()
    for error in failed:
        raise error
    return found[0]


def passphrase_cipher_of(
    passphrase: str, head: object, where: str, *, trust_cost: bool = False
) -> PassphraseCipher:
    """Return the cipher of a file from the parameters in its `head`; `where` names the file.

    Without `trust_cost` the file may ask for four times our own cost at most.

    Raises:
        KeyProblem: the passphrase is wrong.
        InvalidInput: the parameters are invalid or exceed the limits.
    """
    if not isinstance(head, dict) or head.get("kdf") != "scrypt":
        raise InvalidInput(f"{where}: unknown key derivation (only scrypt is supported)")
    cost, salt = _cost(head, where), _salt(head, where)
    if not trust_cost and cost.work > _MOST_WORK * STANDARD.work:
        times = cost.work // STANDARD.work
        raise InvalidInput(
            f"{where}: the passphrase would cost {times} times the work and up to"
            f" {cost.n * cost.r * 128 // 2**20} MiB of memory",
            hint="if you trust the file, add --trust-cost",
        )
    cipher = PassphraseCipher(passphrase, salt, cost)
    try:
        right = cipher._fernet.decrypt(str(head.get("check"))) == _CHECK  # noqa: SLF001 - our own
    except (InvalidToken, ValueError):
        right = False
    if not right:
        raise KeyProblem(f"{where}: wrong passphrase", hint="nothing was read or changed")
    return cipher


def _cost(head: dict[str, Any], where: str) -> Cost:
    numbers = [head.get(name) for name in ("n", "r", "p")]
    if not all(isinstance(number, int) and 0 < number < 2**31 for number in numbers):
        raise InvalidInput(f"{where}: invalid scrypt parameters")
    n, r, p = (int(str(number)) for number in numbers)
    if n < 2 or n & (n - 1) or n * r * 128 > _MOST_MEMORY or p > 16:
        raise InvalidInput(
            f"{where}: the scrypt parameters exceed the limits (1 GiB of memory, p up to 16)"
        )
    return Cost(n, r, p)


def _salt(head: dict[str, Any], where: str) -> bytes:
    try:
        return base64.b64decode(str(head.get("salt")), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"{where}: the scrypt salt is damaged") from None


def _digest(number: int, item: dict[str, Any]) -> bytes:
    return hashlib.sha256(canonical_json([number, item])).digest()
