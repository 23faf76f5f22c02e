"""Replaces secrets in a stream of bytes, also where one is split over several writes; pure."""

import re
from collections.abc import Iterable

MASK = b"***"
SHORTEST = 4
"""Secrets shorter than this are left alone: masking `on` or `1` would garble every output."""


class Masker:
    """Takes bytes as they come; gives back what may be shown, keeps what may be a secret."""

    def __init__(self, secrets: Iterable[str]) -> None:
        parts = {part for secret in secrets for part in _parts(secret)}
        found = sorted((p for p in parts if len(p) >= SHORTEST), key=len, reverse=True)
        self._pattern = re.compile(b"|".join(map(re.escape, found))) if found else None
        self._beginnings = frozenset(p[:n] for p in found for n in range(1, len(p)))
        self._longest = len(found[0]) if found else 0
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Return what can be shown now of this and what was held back."""
        if self._pattern is None:
            return data
        data = self._pattern.sub(MASK, self._held + data)
        keep = self._possible_beginning(data)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def end(self) -> bytes:
        """Return what is left when no more comes."""
        held, self._held = self._held, b""
        return held

    def _possible_beginning(self, data: bytes) -> int:
        """Return how many bytes at the end could be the beginning of a secret."""
        for size in range(min(self._longest - 1, len(data)), 0, -1):
            if data[-size:] in self._beginnings:
                return size
        return 0


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a whole text without the secrets in it."""
    data = text.encode("utf-8", "replace")
    parts = {part for secret in secrets for part in _parts(secret)}
    if not any(part in data for part in parts if len(part) >= SHORTEST):
        return text  # nearly always: no pattern is made for it
    masker = Masker(secrets)
    return (masker.feed(data) + masker.end()).decode("utf-8", "replace")


def _parts(secret: str) -> Iterable[bytes]:
    """Yield a secret, and of one with several lines each line, as it is and as JSON escapes it."""
    import json

    for text in {secret, *(secret.splitlines() if "\n" in secret else ())}:
        yield text.encode("utf-8", "surrogatepass")
        yield json.dumps(text)[1:-1].encode()
