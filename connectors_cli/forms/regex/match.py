"""Searches for patterns in bounded time: all positions at once, as the bits of one number.

A backtracking engine can be made to run for years by `^(a+)+$`. Here a set of positions in the
text is an integer with one bit for each, and a node of the pattern turns the positions before it
into the positions after it. Whether a pattern is found takes no captures, so nothing is ever tried
twice.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from connectors_cli.forms.regex.characters import CLASSES, Characters
from connectors_cli.forms.regex.nodes import (
    Edge,
    Either,
    Look,
    Node,
    PatternError,
    Repeat,
    Sequence,
)
from connectors_cli.forms.regex.parse import parse

WORK = 1_000_000_000
STEP = 1_000
"""What a search may cost, about a second: a step costs as much as a thousand machine words."""


class PatternTooSlowError(Exception):
    """A search went over its bound."""


def found(pattern: str, text: str) -> bool:
    """Whether a pattern is found in a text; one that cannot be used is not obeyed."""
    node = _compiled(pattern)
    if isinstance(node, PatternError):
        return True
    positions = _Positions(text)
    try:
        return positions.after(node, positions.all) != 0
    except (PatternTooSlowError, RecursionError):
        return True


def complaint(pattern: str) -> PatternError | None:
    """Why a pattern cannot be used, if it cannot."""
    node = _compiled(pattern)
    return node if isinstance(node, PatternError) else None


@lru_cache(maxsize=2048)
def _compiled(pattern: str) -> Node | PatternError:
    try:
        return parse(pattern)
    except PatternError as error:
        return error


class _Positions:
    """The positions of one text, as bits: bit i stands before character i."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.work = 0
        self.masks: dict[int, tuple[Characters, int]] = {}
        self.end = 1 << len(self.text)
        self.all = (self.end << 1) - 1
        self.forward = True
        self.cost = STEP + len(self.text) // 64

    def after(self, node: Node, before: int) -> int:
        """The positions that a node leads to (or from, when looking backward)."""
        self.work += self.cost
        if self.work > WORK:
            raise PatternTooSlowError
        return _STEPS[type(node)](self, node, before) if before else 0

    def characters(self, node: Characters, before: int) -> int:
        mask = self.where(node)
        return (before & mask) << 1 if self.forward else (before >> 1) & mask

    def sequence(self, node: Sequence, before: int) -> int:
        for inner in node.nodes if self.forward else reversed(node.nodes):
            before = self.after(inner, before)
        return before

    def either(self, node: Either, before: int) -> int:
        result = 0
        for inner in node.nodes:
            result |= self.after(inner, before)
        return result

    def repeat(self, node: Repeat, before: int) -> int:
        for _ in range(node.low):
            past, before = before, self.after(node.node, before)
            if before in (0, past):
                break
        if node.high is None and self.forward and isinstance(node.node, Characters):
            return self.run(node.node, before)
        return self.closure(node, before)

    def look(self, node: Look, before: int) -> int:
        forward, self.forward = self.forward, not node.ahead
        there = self.after(node.node, self.all)
        self.forward = forward
        return before & ~there if node.negated else before & there

    def edge(self, node: Edge, before: int) -> int:
        return before & self.at(node.kind)

    def run(self, node: Characters, before: int) -> int:
        """All positions within runs of characters: adding carries a bit to the end of its run."""
        mask = self.where(node)
        inside = before & mask
        return before | inside | ((inside + mask) ^ mask)

    def closure(self, node: Repeat, before: int) -> int:
        """The positions that further repetitions lead to, each looked at once."""
        result = before
        left = -1 if node.high is None else node.high - node.low
        while before and left != 0:
            before = self.after(node.node, before) & ~result
            result |= before
            left -= 1
        return result

    def where(self, node: Characters) -> int:
        """The positions of the characters of a set."""
        known = self.masks.get(id(node))
        if known is None:
            table = {ord(char): "1" if node.matches(char) else "0" for char in set(self.text)}
            bits = self.text.translate(table)[::-1]
            known = self.masks[id(node)] = (node, int(bits or "0", 2))
        return known[1]

    def at(self, kind: str) -> int:
        lines = self.where(NEWLINE)
        words = self.where(CLASSES["w"])
        boundary = words ^ (words << 1)
        return {
            "start": 1,
            "end": self.end,
            "line start": 1 | (lines << 1),
            "line end": self.end | lines,
            "boundary": boundary,
            "no boundary": self.all & ~boundary,
        }[kind]


_STEPS: dict[type, Callable[[_Positions, Any, int], int]] = {
    Characters: _Positions.characters,
    Sequence: _Positions.sequence,
    Either: _Positions.either,
    Repeat: _Positions.repeat,
    Look: _Positions.look,
    Edge: _Positions.edge,
}
NEWLINE = Characters(ranges=((10, 10),))
