"""The result of one fault: a row of the table, and whether a promise was broken."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ENOUGH = 100
"""Faults, for a control to lose something."""


@dataclass(frozen=True)
class Row:
    """One fault, how often it was tried, and the counts; `broken` names a broken promise."""

    fault: str
    tried: int
    counts: Mapping[str, object] = field(default_factory=dict)
    broken: str = ""
    skipped: str = ""

    def __str__(self) -> str:
        if self.skipped:
            return f"{self.fault:<50} {'-':>6}  skipped: {self.skipped}"
        told = ", ".join(f"{name} {count}" for name, count in self.counts.items())
        verdict = f"  BROKEN: {self.broken}" if self.broken else ""
        return f"{self.fault:<50} {self.tried:>6}  {told}{verdict}"


def row(fault: str, tried: int, counts: Mapping[str, object], never: Iterable[str] = ()) -> Row:
    """Return a row; a promise is broken unless the counts named by `never` are zero."""
    broken = [name for name in never if counts.get(name)]
    return Row(fault, tried, counts, ", ".join(broken))


def control_row(fault: str, tried: int, counts: Mapping[str, object], *harms: str) -> Row:
    """Return the row of a control; if it does no harm, the test cannot see harm."""
    blind = tried >= ENOUGH and not any(counts.get(name) for name in harms)
    return Row(fault, tried, counts, "a control that loses nothing" if blind else "")


@dataclass(frozen=True)
class Family:
    """Faults of one kind: a function of a count and a folder, and the counts to run."""

    name: str
    make: Callable[[int, Path], Iterator[Row]]
    full: int
    short: int
