"""A file of keys: sealed under a passphrase, or as text for paper; written, and read back."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from connectors_cli import documents, paper
from connectors_cli.envelope import Envelope, envelope_of
from connectors_cli.errors import InvalidInput, Tampered
from connectors_cli.keys import parse_key
from connectors_cli.paper import Copy
from connectors_cli.vault import Key

VERSION = 1
LARGEST = 1024 * 1024


def write_sealed(copies: Iterable[Copy], envelope: Envelope) -> Iterator[str]:
    """Yield the text of a file that the envelope's passphrase opens."""
    rows = []
    for number, copy in enumerate(copies):
        beside = {"tenant": copy.tenant, "id": copy.key.id, "state": copy.state}
        beside |= {"created_at": copy.created_at}
        rows.append({**beside, "sealed": envelope.seal(number, beside, copy.key.text)})
    document = {"connectors_keys": VERSION, "sealing": envelope.head, "keys": rows}
    yield json.dumps(document, indent=1) + "\n"


def read(path: str, passphrase: Callable[[], str]) -> list[Key]:
    """Return the keys of a file (or `-`: standard input) in either form.

    The passphrase is asked for only where it is needed. Raises Unreadable, InvalidInput
    (mistyped), KeyProblem for a wrong passphrase, Tampered.
    """
    text = documents.read_text(path, LARGEST)
    if text.lstrip()[:1] == "{":
        found = _read_sealed(documents.parse_json(text, path), path, passphrase)
    else:
        found = paper.read(text, path)
    if not found:
        raise InvalidInput(f"{path}: no key is in it", hint="`connectors key export` writes such")
    return found


def _read_sealed(document: Any, path: str, passphrase: Callable[[], str]) -> list[Key]:
    version = document.get("connectors_keys") if isinstance(document, dict) else None
    rows = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(version, int) or not isinstance(rows, list):
        raise InvalidInput(
            f"{path}: not a file of keys", hint="`connectors key export` writes such"
        )
    if version > VERSION:
        raise InvalidInput(f"{path}: written by a newer connectors (version {version})")
    envelope = envelope_of(passphrase(), document.get("sealing"), path)
    return [_open(envelope, number, row, path) for number, row in enumerate(rows)]


def _open(envelope: Envelope, number: int, row: Any, path: str) -> Key:
    if not isinstance(row, dict):
        raise InvalidInput(f"{path}: key {number + 1} is none")
    beside = {name: value for name, value in row.items() if name != "sealed"}
    try:
        text = envelope.open(number, beside, row.get("sealed"))
    except Tampered as error:
        raise Tampered(f"{path}: key {number + 1} {error.message}") from None
    return parse_key(str(text), f"{path}: key {number + 1}")
