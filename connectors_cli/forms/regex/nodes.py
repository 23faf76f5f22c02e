"""The parts that a regular expression is made of, and what may be wrong with one."""

from connectors_cli.forms.regex.characters import Characters
from connectors_cli.system.record import Record


class PatternError(ValueError):
    """A pattern that is not a regular expression."""


class PatternUnusableError(PatternError):
    """A pattern that is one, but asks for something that cannot be matched in bounded time."""


class Sequence(Record):
    """One node after the other."""

    nodes: tuple["Node", ...]


class Either(Record):
    """Any one of the nodes."""

    nodes: tuple["Node", ...]


class Repeat(Record):
    """A node, at least `low` and at most `high` times."""

    node: "Node"
    low: int
    high: int | None


class Look(Record):
    """A condition on what follows or comes before."""

    node: "Node"
    ahead: bool
    negated: bool


class Edge(Record):
    """A condition on the position: start or end, a word boundary, or no word boundary."""

    kind: str


Node = Sequence | Either | Repeat | Look | Edge | Characters
