"""The audit log for people: one line per event, failures in red, streamed."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

from connectors_cli.audit.roles import Action
from connectors_cli.cli.render.console import TABLE_BLOCK
from connectors_cli.services.pages import entry_details
from connectors_cli.store.read.rows import Rows, batched
from connectors_cli.system.text import printable, printable_lines

_WIDE = 110
"""Terminals with at least this many columns also show email addresses."""
_NARROW = 66
"""The least width of the lines; a narrower terminal folds them itself."""
_NAMES = ("at", "who", "action", "subject", "details")
_GAP = "  "
_BREAK = re.compile(r"(?<=[-_/.@:])")
_AT, _ACTION = len("2026-11-22T18:07:03Z"), max(map(len, Action))


def show_events(rows: Rows, console: Console) -> bool:
    """Print events in columns as wide as the first events need; return whether there were any."""
    paint = _Paint(console)
    widths: tuple[int, ...] = ()
    for block in batched(rows.rows, TABLE_BLOCK):
        cells = [_cells(row, wide=console.width >= _WIDE) for row in block]
        lines: list[str] = []
        if not widths:
            widths = _widths(cells, max(console.width, _NARROW))
            lines += _lines(_NAMES, widths, (paint.bold,) * len(_NAMES))
        for row, shown in zip(block, cells, strict=True):
            lines += _lines(shown, widths, paint.failed if row[5] != "ok" else paint.done)
        console.file.write("".join(lines))
    return bool(widths)


class _Paint:
    """The escape codes that colour each cell of a line on this terminal."""

    def __init__(self, console: Console) -> None:
        name = None if console.legacy_windows else console.color_system
        self._system = COLOR_SYSTEMS[name] if name else None
        self.bold = self._codes("bold")
        none, dim = ("", ""), self._codes("dim")
        self.done = (dim, none, self._codes("cyan"), none, none)
        self.failed = (dim, none, self._codes("red"), none, self._codes("red"))

    def _codes(self, style: str) -> tuple[str, str]:
        """Return the codes before and after a text of this style."""
        before, _, after = Style.parse(style).render("|", color_system=self._system).partition("|")
        return before, after


def _cells(row: Sequence[Any], *, wide: bool) -> tuple[str, ...]:
    at, principal, email, action, subject, outcome, details = row
    who = f"{principal} <{email}>" if wide else principal
    said = entry_details(json.loads(details or "{}"))
    more = ", ".join(filter(None, (outcome if outcome != "ok" else "", said)))
    return (
        printable(f"{at!s:.19}Z"),
        printable(who),
        printable(action),
        printable(subject),
        printable_lines(more),
    )


def _widths(cells: list[tuple[str, ...]], width: int) -> tuple[int, ...]:
    """Divide the width among the columns: names get what they need and leave room for details."""
    free = width - _AT - _ACTION - len(_GAP) * (len(_NAMES) - 1)
    who, subject = (max(cell_len(row[n]) for row in (_NAMES, *cells)) for n in (1, 3))
    who = min(who, free // 2 if width >= _WIDE else free // 3)
    subject = min(subject, (free - who) // 2)
    return _AT, who, _ACTION, subject, free - who - subject


def _lines(
    cells: Sequence[str], widths: Sequence[int], codes: Sequence[tuple[str, str]]
) -> Iterator[str]:
    """Yield the lines of one event; a cell that is too wide continues below itself."""
    columns = [_folded(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        shown = [
            f"{before}{part}{after}{' ' * (width - cell_len(part))}" if part else " " * width
            for part, width, (before, after) in zip(parts, widths, codes, strict=True)
        ]
        yield _GAP.join(shown).rstrip() + "\n"


def _folded(text: str, width: int) -> list[str]:
    """Return a text as lines of at most `width` columns, broken between words where possible."""
    if cell_len(text) <= width and "\n" not in text:
        return [text]
    lines = [""]
    for word in text.split():
        gap = " "
        for part in (word,) if cell_len(word) <= width else _pieces(word, width):
            joined = f"{lines[-1]}{gap}{part}" if lines[-1] else part
            if cell_len(joined) <= width:
                lines[-1] = joined
            else:
                lines.append(part)
            gap = ""
    return lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """Yield the pieces of a long word: broken after signs, otherwise anywhere."""
    for part in _BREAK.split(word):
        yield from chop_cells(part, width)
