"""Reads regular expressions as ECMA 262 writes them, and the forms of Python and Java in use."""

from collections.abc import Callable

from connectors_cli.forms.regex.characters import CLASSES, CONTROLS, Characters, named
from connectors_cli.forms.regex.nodes import (
    Edge,
    Either,
    Look,
    Node,
    PatternError,
    PatternUnusableError,
    Repeat,
    Sequence,
)

FLAGS = {"i": "ignore_case", "s": "dot_all", "m": "lines"}
EDGES = {"b": "boundary", "B": "no boundary", "A": "start", "Z": "end", "z": "end"}
LONGEST = 20_000
DEEPEST = 60


def parse(pattern: str) -> Node:
    """The tree of a pattern; raises PatternError for an invalid one."""
    if len(pattern) > LONGEST:
        raise PatternUnusableError("it is too long")
    reader = _Reader(pattern)
    node = reader.either(0)
    if not reader.done:
        raise PatternError("a bracket is closed that is not open")
    return node


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.ignore_case = False
        self.dot_all = False
        self.lines = False

    @property
    def done(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, word: str) -> bool:
        return self.text.startswith(word, self.at)

    def take(self, word: str) -> bool:
        found = self.peek(word)
        self.at += len(word) if found else 0
        return found

    def char(self) -> str:
        if self.done:
            raise PatternError("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def until(self, end: str) -> str:
        stop = self.text.find(end, self.at)
        if stop < 0:
            raise PatternError(f"{end} is missing")
        found, self.at = self.text[self.at : stop], stop + len(end)
        return found

    def either(self, depth: int) -> Node:
        if depth > DEEPEST:
            raise PatternUnusableError("it is nested too deep")
        branches = [self.sequence(depth)]
        while self.take("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def sequence(self, depth: int) -> Node:
        nodes: list[Node] = []
        while not self.done and not self.peek("|") and not self.peek(")"):
            nodes.append(self.quantified(self.atom(depth)))
        return nodes[0] if len(nodes) == 1 else Sequence(tuple(nodes))

    def quantified(self, node: Node) -> Node:
        while (bounds := self.bounds()) is not None:
            node = Repeat(node, *bounds)
            if self.peek("?") or self.peek("+"):
                self.at += 1
        return node

    def bounds(self) -> tuple[int, int | None] | None:
        """The bounds of a quantifier, if one stands here."""
        for sign, found in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return found
        return self.braces() if self.peek("{") else None

    def braces(self) -> tuple[int, int | None] | None:
        stop = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : stop].partition(",")
        numbers = (low or "0") + (high or "0")
        if stop < 0 or not (low or high) or not (numbers.isascii() and numbers.isdigit()):
            return None
        if len(numbers) > 12:
            raise PatternUnusableError("it repeats too often")
        self.at = stop + 1
        least = int(low or 0)
        most = int(high) if high else (None if comma else least)
        if most is not None and most < least:
            raise PatternError("the bounds of a repetition are reversed")
        return least, most

    def atom(self, depth: int) -> Node:
        char = self.char()
        if char == "(":
            return self.group(depth)
        if char == "[":
            return self.bracket()
        if char == "\\":
            return self.escape()
        if char == ".":
            return Characters(negated=True, ranges=() if self.dot_all else ((10, 10),))
        if char in "^$":
            kind = "start" if char == "^" else "end"
            return Edge(f"line {kind}" if self.lines else kind)
        if char in "*+?":
            raise PatternError("there is nothing to repeat")
        return self.literal(char)

    def literal(self, char: str) -> Characters:
        return Characters(ranges=((ord(char), ord(char)),), ignore_case=self.ignore_case)

    def group(self, depth: int) -> Node:
        if not self.take("?"):
            return self.closed(depth)
        for sign, ahead, negated in (
            ("=", True, False),
            ("!", True, True),
            ("<=", False, False),
            ("<!", False, True),
        ):
            if self.take(sign):
                return Look(self.closed(depth), ahead, negated)
        if self.take("<") or self.take("P<"):
            self.until(">")
        elif self.take("#"):
            self.until(")")
            return Sequence(())
        elif self.peek("P") or self.peek("(") or self.peek(">"):
            raise PatternUnusableError("it has groups that cannot be matched in bounded time")
        elif not self.take(":"):
            return self.flags(depth)
        return self.closed(depth)

    def closed(self, depth: int, *kept: bool) -> Node:
        """The rest of a group; the flags outside of it hold again after it."""
        kept = kept or (self.ignore_case, self.dot_all, self.lines)
        node = self.either(depth + 1)
        self.ignore_case, self.dot_all, self.lines = kept
        if not self.take(")"):
            raise PatternError("a bracket is not closed")
        return node

    def flags(self, depth: int) -> Node:
        """Flags such as (?i), for the rest of the pattern or for a group."""
        kept = (self.ignore_case, self.dot_all, self.lines)
        on = True
        while (sign := self.char()) not in ":)":
            if sign == "-":
                on = False
            elif sign in FLAGS:
                setattr(self, FLAGS[sign], on)
            elif sign not in "uaL":
                raise PatternUnusableError("it has flags that are not known")
        return Sequence(()) if sign == ")" else self.closed(depth, *kept)

    def escape(self) -> Node:
        if not self.done and self.text[self.at] in EDGES:
            return Edge(EDGES[self.char()])
        if not self.done and (self.text[self.at] in "123456789" or self.peek("k<")):
            raise PatternUnusableError("it refers back to a group")
        found = self.escaped()
        return found if isinstance(found, Characters) else self.literal(found)

    def escaped(self) -> str | Characters:
        """What an escape stands for, in brackets or out of them."""
        char = self.char()
        if char in CLASSES:
            return CLASSES[char]
        if char in CONTROLS:
            return CONTROLS[char]
        if char in "pP":
            name = self.until("}") if self.take("{") else self.char()
            return named(name, negated=char == "P")
        if char == "c" and not self.done:
            return chr(ord(self.char()) % 32)
        return self.numbered(char)

    def numbered(self, char: str) -> str:
        """A character given by its number, else the character itself."""
        if char == "u" and self.take("{"):
            return self.point(self.until("}"))
        size = {"x": 2, "u": 4, "U": 8}.get(char, 0)
        digits = self.text[self.at : self.at + size]
        if not size or len(digits) < size or not _hexadecimal(digits):
            return char
        self.at += size
        return self.point(digits)

    def point(self, digits: str) -> str:
        if not _hexadecimal(digits) or len(digits) > 8 or int(digits, 16) > 0x10FFFF:
            raise PatternError("it names a character that does not exist")
        return chr(int(digits, 16))

    def bracket(self) -> Characters:
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        tests: list[Callable[[str], bool]] = []
        while not self.take("]"):
            first = self.member()
            if isinstance(first, Characters):
                tests.append(first.matches)
            elif self.peek("-") and not self.peek("-]"):
                ranges.append(self.range(first, tests))
            else:
                ranges.append((ord(first), ord(first)))
        return Characters(negated, tuple(ranges), tuple(tests), self.ignore_case)

    def range(self, first: str, tests: list[Callable[[str], bool]]) -> tuple[int, int]:
        start = self.at
        self.at += 1
        last = self.member()
        if isinstance(last, Characters):
            self.at = start + 1
            tests.append(lambda char: char == "-")
            return (ord(first), ord(first))
        if ord(last) < ord(first):
            raise PatternError("a range of characters is reversed")
        return (ord(first), ord(last))

    def member(self) -> str | Characters:
        char = self.char()
        if char != "\\":
            return char
        return "\b" if self.take("b") else self.escaped()


def _hexadecimal(digits: str) -> bool:
    return bool(digits) and all(digit in "0123456789abcdefABCDEF" for digit in digits)
