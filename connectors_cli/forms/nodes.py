"""The parts that a regular expression is made of, and what may be wrong with one."""

from dataclasses import dataclass

from connectors_cli.forms.characters import Characters


class PatternError(ValueError):
    """A pattern that is not a regular expression."""


class PatternUnusableError(PatternError):
    """A pattern that is one, but asks for something that cannot be matched in bounded time."""


@dataclass(frozen=True)
class Sequence:
    """One node after the other."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Either:
    """Any one of the nodes."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """A node, at least `low` and at most `high` times."""

    node: "Node"
    low: int
    high: int | None


@dataclass(frozen=True)
class Look:
    """A condition on what follows or comes before."""

    node: "Node"
    ahead: bool
    negated: bool


@dataclass(frozen=True)
class Edge:
    """A condition on the position: start, end or boundary of a word, or what is none."""

    kind: str


Node = Sequence | Either | Repeat | Look | Edge | Characters
