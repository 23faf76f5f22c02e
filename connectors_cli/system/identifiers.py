"""UUIDs as text, without the module uuid, which starts slowly."""

from __future__ import annotations

import os
from hashlib import sha1


def random_id() -> str:
    """Return a random UUID (version 4)."""
    return _text(os.urandom(16), 4)


def named_id(namespace: str, name: str) -> str:
    """Return the UUID (version 5) of a name in a namespace, which is a UUID as text."""
    data = bytes.fromhex(namespace.replace("-", "")) + name.encode()
    return _text(sha1(data, usedforsecurity=False).digest()[:16], 5)


def _text(data: bytes, version: int) -> str:
    number = int.from_bytes(data)
    number = number & ~(0xF << 76) | version << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    digits = f"{number:032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
