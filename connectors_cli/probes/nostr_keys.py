"""Keys of Nostr identities: checked, and the public key derived from the private one (NIP-19)."""

from collections.abc import Iterable, Iterator

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_KEY_BYTES = 32


def public_key(text: str) -> tuple[str, str]:
    """Return the public key of a private one (nsec1... or 64 hex digits): hex, and npub.

    Raises ValueError for text that is no private key of this curve.
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = _decoded("nsec", text) if text.startswith("nsec1") else bytes.fromhex(text)
    if len(secret) != _KEY_BYTES:
        raise ValueError
    derived = ec.derive_private_key(int.from_bytes(secret), ec.SECP256K1()).public_key()
    x = derived.public_numbers().x.to_bytes(_KEY_BYTES)
    return x.hex(), _encoded("npub", x)


def _encoded(prefix: str, data: bytes) -> str:
    words = list(_regrouped(data, 8, 5))
    check = _checksum([*_expanded(prefix), *words, *[0] * 6]) ^ 1
    words += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_LETTERS[word] for word in words)}"


def _decoded(prefix: str, text: str) -> bytes:
    """Return the bytes in bech32 text; raises ValueError for a wrong letter or checksum."""
    words = [_LETTERS.index(letter) for letter in text[len(prefix) + 1 :]]
    if _checksum([*_expanded(prefix), *words]) != 1:
        raise ValueError
    return bytes(_regrouped(words[:-6], 5, 8))


def _expanded(prefix: str) -> list[int]:
    return [*(ord(letter) >> 5 for letter in prefix), 0, *(ord(letter) & 31 for letter in prefix)]


def _checksum(words: Iterable[int]) -> int:
    found = 1
    for word in words:
        top, found = found >> 25, (found & 0x1FFFFFF) << 5 ^ word
        for place, generator in enumerate(_GENERATORS):
            found ^= generator if top >> place & 1 else 0
    return found


def _regrouped(values: Iterable[int], before: int, after: int) -> Iterator[int]:
    """Yield numbers of `before` bits as numbers of `after` bits; a rest is padded to widen."""
    held, count = 0, 0
    for value in values:
        held, count = held << before | value, count + before
        while count >= after:
            count -= after
            yield held >> count & ((1 << after) - 1)
    if count and before > after:
        yield held << (after - count) & ((1 << after) - 1)
