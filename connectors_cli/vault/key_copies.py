"""Key files: keys sealed under a passphrase or as text for paper, written and read."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors_cli.documents import read as documents_read
from connectors_cli.documents import strict_json
from connectors_cli.errors import InvalidInput, Tampered
from connectors_cli.vault.key_sources import parse_key
from connectors_cli.vault.passphrase import PassphraseCipher, passphrase_cipher_of
from connectors_cli.vault.seal import Key

VERSION = 1
LARGEST = 1024 * 1024
LINES, BYTES = 4, 8
_EXPORT = "create a key file with: connectors key export --to FILE"
_HEAD = re.compile(r"\s*key\s+([0-9a-f]{16})\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(\d+)\s+(.*)")
_LOOKALIKES = str.maketrans({"o": "0", "l": "1", "i": "1"})


@dataclass(frozen=True, slots=True)
class Copy:
    """A key to export, with its tenant, state and creation time."""

    tenant: str
    state: str
    created_at: str
    key: Key


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys in a file, and notes on it for the user."""

    keys: list[Key]
    notes: tuple[str, ...] = ()


def write_paper(copies: Iterable[Copy]) -> Iterator[str]:
    """Yield the text of keys for paper."""
    yield (
        "Keys of a connectors store, to keep on paper. Anyone who reads them can open the\n"
        "credentials sealed with them. To import one, type its lines into a file, including\n"
        "the one that begins with `key`, and run: connectors key import FILE\n"
    )
    for copy in copies:
        created = copy.created_at[:10]
        yield f"\nkey {copy.key.id}  tenant {copy.tenant}, {copy.state}, created {created}\n"
        raw = base64.urlsafe_b64decode(copy.key.text)
        for number in range(LINES):
            data = raw[number * BYTES : (number + 1) * BYTES]
            digits = (data + _check(number + 1, data)).hex()
            groups = [digits[at : at + 4] for at in range(0, len(digits), 4)]
            yield f"{number + 1}  {' '.join(groups[:-1])}  {groups[-1]}\n"


def read_paper(text: str, where: str) -> list[Key]:
    """Return the keys in typed text; other lines are ignored.

    Capitals are accepted, also O for 0, and l or I for 1.

    Raises:
        InvalidInput: a line is missing or mistyped; the message names it.
    """
    keys = []
    lines = (line for line in text.splitlines() if line.strip())
    for line in lines:
        head = _HEAD.match(line)
        if head is not None:
            keys.append(_read_key(head[1].lower(), lines, where))
        elif _NUMBERED.match(line):
            raise InvalidInput(f"{where}: a numbered line has no `key ...` line above it")
    return keys


def write_sealed(copies: Iterable[Copy], cipher: PassphraseCipher) -> Iterator[str]:
    """Yield the text of a key file, sealed with a passphrase.

    Every key says how many there are, and the end is sealed, so that a missing key is noticed
    even where the end was cut off with it.
    """
    rows, all_copies = [], list(copies)
    for number, copy in enumerate(all_copies):
        item: dict[str, Any] = {"tenant": copy.tenant, "id": copy.key.id, "state": copy.state}
        item |= {"created_at": copy.created_at, "of": len(all_copies)}
        rows.append({**item, "sealed": cipher.seal(number, item, copy.key.text)})
    end: dict[str, Any] = {"count": len(rows)}
    end["seal"] = cipher.seal(len(rows), end, None)
    document = {"connectors_keys": VERSION, "sealing": cipher.head, "keys": rows, "end": end}
    yield json.dumps(document, indent=1) + "\n"


def read(path: str, passphrase: Callable[[], str], *, trust_cost: bool = False) -> KeyFile:
    """Return the keys in a file (`-`: standard input) of either form.

    `passphrase` is called only for a sealed file.

    Raises:
        Unreadable: the file cannot be read.
        InvalidInput: it is not a key file, or a line is mistyped.
        KeyProblem: the passphrase is wrong.
        Tampered: the file was changed, or a key is missing from it.
    """
    text = documents_read.read_text(path, LARGEST)
    if text.lstrip()[:1] == "{":
        document = strict_json.parse(text, path)
        rows, head = _sealed_rows(document, path)
        cipher = passphrase_cipher_of(passphrase(), head, path, trust_cost=trust_cost)
        found = _read_sealed(cipher, rows, document.get("end"), path)
    else:
        found = KeyFile(read_paper(text, path))
    if not found.keys:
        raise InvalidInput(f"{path}: contains no key", hint=_EXPORT)
    return found


def _read_key(key_id: str, lines: Iterator[str], where: str) -> Key:
    raw = b"".join(
        _read_line(number, next(lines, ""), f"{where}: key {key_id}, line {number}")
        for number in range(1, LINES + 1)
    )
    key = parse_key(base64.urlsafe_b64encode(raw).decode(), f"{where}: key {key_id}")
    if key.id != key_id:
        raise InvalidInput(
            f"{where}: the lines contain key {key.id}, but the line above them names {key_id}"
        )
    return key


def _read_line(number: int, line: str, place: str) -> bytes:
    found = _NUMBERED.match(line)
    if found is None or found[1] != str(number):
        raise InvalidInput(f"{place} is missing", hint=f"begin the line with its number, {number}")
    digits = "".join(found[2].split()).lower().translate(_LOOKALIKES)
    try:
        typed = bytes.fromhex(digits) if digits.isascii() else b""
    except ValueError:
        typed = b""
    data, check = typed[:BYTES], typed[BYTES:]
    if len(typed) != BYTES + 2 or check != _check(number, data):
        raise InvalidInput(
            f"{place} is mistyped: its checksum does not match", hint="compare it with the paper"
        )
    return data


def _check(number: int, data: bytes) -> bytes:
    return binascii.crc_hqx(bytes([number]) + data, 0xFFFF).to_bytes(2, "big")


def _sealed_rows(document: Any, path: str) -> tuple[list[Any], Any]:
    """Return the rows of a sealed file and the parameters of its passphrase."""
    version = document.get("connectors_keys") if isinstance(document, dict) else None
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(version, int) or not isinstance(rows, list):
        raise InvalidInput(f"{path}: not a key file", hint=_EXPORT)
    if version > VERSION:
        raise InvalidInput(f"{path}: written by a newer connectors (version {version})")
    return rows, document.get("sealing")


def _read_sealed(cipher: PassphraseCipher, rows: list[Any], end: Any, path: str) -> KeyFile:
    """Return the keys of a sealed file, all of them; Tampered if one is missing."""
    keys = [_open(cipher, number, row, path) for number, row in enumerate(rows)]
    if end is None and not any("of" in row for row in rows):
        note = (
            f"{path} was written by an older version, which does not seal how many keys there are:"
            " check that none is missing"
        )
        return KeyFile(keys, (note,))
    shortened = Tampered(
        f"{path}: keys are missing, or were added, since the export", hint="use another copy"
    )
    if not isinstance(end, dict) or end.get("count") != len(rows):
        raise shortened
    try:
        cipher.open(len(rows), {"count": len(rows)}, end.get("seal"))
    except Tampered:
        raise shortened from None
    if any(row.get("of", len(rows)) != len(rows) for row in rows):
        raise shortened
    return KeyFile(keys)


def _open(cipher: PassphraseCipher, number: int, row: Any, path: str) -> Key:
    if not isinstance(row, dict):
        raise InvalidInput(f"{path}: key {number + 1} is not an object")
    item = {name: value for name, value in row.items() if name != "sealed"}
    try:
        text = cipher.open(number, item, row.get("sealed"))
    except Tampered as error:
        raise Tampered(f"{path}: key {number + 1} {error.message}") from None
    return parse_key(str(text), f"{path}: key {number + 1}")
