"""Masking of secrets in text and in streams, also where one is split over several writes."""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from operator import contains

from connectors_cli.system.spellings import spellings

MASK = b"***"
_LONGEST_HOST = 253
SHORTEST = 4
"""Secrets shorter than this are not masked: hiding every `on` or `1` would garble the output."""
PIECE = 64
"""Longer secrets are masked in pieces of this many bytes: time and memory are linear in theirs."""
_FEW = 100
"""So many beginnings are found faster by a pattern of all than by looking each up."""
_MOST_STATES = 50_000


class Masker:
    """Masks a stream of bytes: holds back bytes that could be the beginning of a secret.

    Secrets that overlap are masked whole. A run of masked bytes is shown as one MASK, however the
    stream is split. Time is linear in the stream, and memory in the secrets: an Aho-Corasick
    automaton whose states are made as the stream needs them.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._automaton = _automaton(frozenset(secrets))
        self._state = self._automaton.state(b"")
        self._masked = 0
        """How many of the bytes held back are shown as masked already."""
        self._after_mask = False

    def feed(self, data: bytes) -> bytes:
        """Return the bytes that can be shown now, of `data` and of those held back."""
        if self._automaton.is_empty:
            return data
        held = self._state.text
        self._state, runs = self._automaton.search(self._state, held + data)
        size = len(held) + len(data)
        return self._show(held + data, runs, size - len(self._state.text))

    def end(self) -> bytes:
        """Return the bytes that are still held back."""
        held, self._state = self._state.text, self._automaton.state(b"")
        return self._show(held, self._automaton.search(self._state, held)[1], len(held))

    def _show(self, data: bytes, runs: Iterable[Sequence[int]], until: int) -> bytes:
        """Return `data` up to `until`, or to the end of a run that has begun there, masked."""
        shown, at, held_from = bytearray(), self._masked, until
        for start, end in runs:
            if start > held_from:
                break
            if end <= at:
                continue
            self._append(shown, data[at:start])
            if not self._after_mask:
                shown += MASK
                self._after_mask = True
            at, until = end, max(until, end)
        self._append(shown, data[at:until])
        self._masked = max(until, at) - held_from
        return bytes(shown)

    def _append(self, shown: bytearray, plain: bytes) -> None:
        if plain:
            shown += plain
            self._after_mask = False


class _State:
    """The longest end of what was read that begins a piece.

    `ends` is the length of the longest piece that ends here, or 0.
    """

    __slots__ = ("ends", "moves", "text")

    def __init__(self, text: bytes, ends: int) -> None:
        self.text = text
        self.ends = ends
        self.moves: dict[int, _State] = {}


class _Automaton:
    """Finds secrets in bytes: in pieces, so that no state is longer than one."""

    def __init__(self, forms: Iterable[bytes]) -> None:
        found = {form for form in forms if len(form) >= SHORTEST}
        self._pieces = {piece for form in found for piece in _pieces(form)}
        beginnings = (piece[:SHORTEST] for piece in self._pieces)
        self._beginnings = dict(zip(beginnings, self._pieces, strict=True))
        """A piece for each beginning."""
        self._columns = [set(b"".join(self._beginnings)[n::SHORTEST]) for n in range(SHORTEST)]
        self._lengths = sorted(set(map(len, self._pieces)), reverse=True)
        self._pattern = _pattern(self._beginnings, self._columns)
        self._states: dict[bytes, _State] = {}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to find."""
        return not self._pieces

    def state(self, text: bytes) -> _State:
        """Return the state of a text that begins a piece."""
        found = self._states.get(text)
        if found is None:
            if len(self._states) > _MOST_STATES:
                self._states.clear()
            found = self._states[text] = _State(text, self._longest_at_end(text))
        return found

    def search(self, state: _State, data: bytes) -> tuple[_State, list[list[int]]]:
        """Return the state after `data`, and the runs in it that secrets cover.

        `data` begins with the text of `state`.
        """
        runs: list[list[int]] = []
        at, size = len(state.text), len(data)
        while at < size:
            start = at - len(state.text)
            if len(state.text) < SHORTEST <= size - start:
                at, state = self._next_beginning(data, start)
            else:
                state = state.moves.get(data[at]) or self._move(state, data[at])
                at += 1
            if state.ends == PIECE:
                at, state = self._after_pieces(data, at, state, runs)
            elif state.ends:
                _add(runs, at - state.ends, at)
        return state, runs

    def _after_pieces(
        self, data: bytes, at: int, state: _State, runs: list[list[int]]
    ) -> tuple[int, _State]:
        """Add the run of a longest piece and of those that follow it at once; return its end.

        No piece that begins in one and ends in the next reaches beyond the two.
        """
        start = at - PIECE
        while data[at : at + PIECE] in self._pieces:
            at += PIECE
        _add(runs, start, at)
        return at, self.state(data[at - PIECE : at]) if at - PIECE > start else state

    def _next_beginning(self, data: bytes, at: int) -> tuple[int, _State]:
        """Return the state at the next place where a piece begins, and where it is reached."""
        found = self._pattern.search(data, at)
        while found is not None:
            at = found.start()
            first = data[at : at + SHORTEST]
            if first in self._beginnings:
                pieces = (data[at : at + length] for length in self._lengths)
                text = next((piece for piece in pieces if piece in self._pieces), first)
                return at + len(text), self.state(text)
            found = self._pattern.search(data, at + 1)
        return len(data) - SHORTEST + 1, self.state(b"")

    def _move(self, state: _State, byte: int) -> _State:
        text = state.text + bytes((byte,))
        while text and not self._begins_piece(text):
            text = text[1:]
        found = state.moves[byte] = self.state(text)
        return found

    def _begins_piece(self, text: bytes) -> bool:
        if len(text) < SHORTEST:
            return self._may_begin(text)
        piece = self._beginnings.get(text[:SHORTEST])
        if piece is None or piece.startswith(text):
            return piece is not None
        index = bisect_left(self._sorted, text)
        return index < len(self._sorted) and self._sorted[index].startswith(text)

    def _may_begin(self, text: bytes) -> bool:
        """Return whether a piece begins with a short text; of many, whether one may."""
        if len(self._beginnings) <= _FEW:
            return any(first.startswith(text) for first in self._beginnings)
        return all(map(contains, self._columns, text))

    @cached_property
    def _sorted(self) -> list[bytes]:
        return sorted(self._pieces)

    def _longest_at_end(self, text: bytes) -> int:
        fit = (n for n in self._lengths if n <= len(text) and text[-n:] in self._pieces)
        return next(fit, 0)


@lru_cache(maxsize=2)
def _automaton(secrets: frozenset[str]) -> _Automaton:
    """Return the automaton of secrets: one for both outputs, and for all messages of a service."""
    return _Automaton(form for secret in secrets for form in spellings(secret))


def _add(runs: list[list[int]], start: int, end: int) -> None:
    """Add a run after those that end earlier, as one with those that it touches."""
    while runs and runs[-1][1] >= start:
        start = min(start, runs.pop()[0])
    runs.append([start, end])


def _pieces(form: bytes) -> Iterator[bytes]:
    """Yield a form in pieces that cover it; the last one overlaps, so that none is short."""
    if len(form) <= PIECE:
        yield form
        return
    for at in range(0, len(form) - PIECE, PIECE):
        yield form[at : at + PIECE]
    yield form[-PIECE:]


def _pattern(beginnings: Collection[bytes], columns: Iterable[set[int]]) -> re.Pattern[bytes]:
    """Return a pattern that matches wherever a piece begins, and elsewhere if there are many."""
    if len(beginnings) <= _FEW:
        return re.compile(b"|".join(map(re.escape, sorted(beginnings))))
    classes = (b"".join(b"\\x%02x" % byte for byte in sorted(column)) for column in columns)
    return re.compile(b"".join(b"[%b]" % inside for inside in classes))


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return text with its secrets masked."""
    masker = Masker(secrets)
    data = text.encode("utf-8", "replace")
    shown = masker.feed(data) + masker.end()
    return text if shown == data else shown.decode("utf-8", "replace")


def mask_credentials(text: str, secrets: Iterable[str]) -> str:
    """Return text with a connector's secrets masked, also as URLs and headers encode them."""
    return mask(text, [form for secret in secrets for form in _in_hosts(secret)])


def _in_hosts(secret: str) -> Iterator[str]:
    """Yield a secret as text and the names of hosts contain it: lower-cased, in IDNA."""
    host = secret.lower()
    yield from (secret, host)
    with suppress(UnicodeError):  # not allowed in a host, so it is in none
        yield host.encode("idna").decode() if len(host) <= _LONGEST_HOST else host
