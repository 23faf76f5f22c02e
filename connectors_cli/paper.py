"""Keys as text for paper: groups to be typed, in which no single mistyped character goes unseen.

A key is four numbered lines of four groups of four hexadecimal digits, and a fifth group that
checks the line (CRC-16 of its number and its eight bytes); the key's id above checks the whole.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from connectors_cli.errors import InvalidInput
from connectors_cli.keys import parse_key
from connectors_cli.vault import Key

LINES, BYTES = 4, 8
_HEAD = re.compile(r"\s*key\s+([0-9a-f]{16})\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(\d+)\s+(.*)")
_LOOKALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"})


@dataclass(frozen=True, slots=True)
class Copy:
    """A key on its way out: whose it is, and what it is there."""

    tenant: str
    state: str
    created_at: str
    key: Key


def write(copies: Iterable[Copy]) -> Iterator[str]:
    """Yield the text of keys, for paper."""
    yield (
        "Keys of a connectors store, to be kept on paper. Whoever reads them opens the\n"
        "credentials that they seal. To bring one back, type its lines into a file, also the\n"
        "one that begins with `key`, and run: connectors key import FILE\n"
    )
    for copy in copies:
        made = copy.created_at[:10]
        yield f"\nkey {copy.key.id}  tenant {copy.tenant}, {copy.state}, made {made}\n"
        raw = base64.urlsafe_b64decode(copy.key.text)
        for number in range(LINES):
            data = raw[number * BYTES : (number + 1) * BYTES]
            digits = (data + _check(number + 1, data)).hex()
            groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
            yield f"{number + 1}  {' '.join(groups[:-1])}  {groups[-1]}\n"


def read(text: str, where: str) -> list[Key]:
    """Return the keys of a text that somebody typed; other lines, empty ones too, are passed over.

    Capitals, and O for 0, l and I for 1, are taken. Raises InvalidInput that names the line.
    """
    keys = []
    lines = (line for line in text.splitlines() if line.strip())
    for line in lines:
        head = _HEAD.match(line)
        if head is not None:
            keys.append(_read_key(head[1].lower(), lines, where))
        elif _NUMBERED.match(line):
            raise InvalidInput(f"{where}: a numbered line stands without its line `key ...` above")
    return keys


def _read_key(key_id: str, lines: Iterator[str], where: str) -> Key:
    raw = b"".join(
        _read_line(number, next(lines, ""), f"{where}: key {key_id}, line {number}")
        for number in range(1, LINES + 1)
    )
    key = parse_key(base64.urlsafe_b64encode(raw).decode(), f"{where}: key {key_id}")
    if key.id != key_id:
        raise InvalidInput(
            f"{where}: the lines are of key {key.id}, and above them stands {key_id}"
        )
    return key


def _read_line(number: int, line: str, place: str) -> bytes:
    found = _NUMBERED.match(line)
    if found is None or found[1] != str(number):
        raise InvalidInput(f"{place} is missing", hint=f"type its number, {number}, before it")
    digits = "".join(found[2].split()).lower().translate(_LOOKALIKES)
    try:
        typed = bytes.fromhex(digits) if digits.isascii() else b""
    except ValueError:
        typed = b""
    data, check = typed[:BYTES], typed[BYTES:]
    if len(typed) != BYTES + 2 or check != _check(number, data):
        raise InvalidInput(f"{place} is mistyped: its check does not fit", hint="compare it again")
    return data


def _check(number: int, data: bytes) -> bytes:
    return binascii.crc_hqx(bytes([number]) + data, 0xFFFF).to_bytes(2, "big")
