"""Tables that fit are drawn as Rich draws them, byte for byte, in a tenth of the time."""

import io
from itertools import product

import pytest

from connectors_cli.cli.render import tables
from connectors_cli.cli.render.console import console_for
from connectors_cli.store.read.rows import BOOL, INT, JSON, TEXT, Rows

COLUMNS = (
    *(("name", TEXT), ("status", TEXT), ("version", INT), ("updated_at", TEXT), ("tags", JSON)),
    ("auth_configured", BOOL),
)
NAMES = (
    "a",
    "日本語",
    "café",
    "a b  c",
    "",
    " x",
    "👍🏽",
    "e\u0301",
    "a\x1bb",
    "[bold]x[/]",
    "\u200d",
)
STATUSES = ("active", "inactive", "unreadable", None)
TIMES = ("2026-11-30T09:41:00.123456Z", None)
ROWS = [
    (name, status, 12345 if n % 3 else None, TIMES[n % 2], '["a", "b"]' if n % 2 else None, n % 2)
    for n, (name, status) in enumerate(product(NAMES, STATUSES))
]


class Drawn:
    """What a console needs of a command, and what was drawn on it."""

    def __init__(self, color: str) -> None:
        self.color_choice = color
        self.environ = {"TERM": "xterm-256color"}
        self.file = io.StringIO()
        self.console = console_for(self, self.file)
        self.console.width = 120


@pytest.mark.parametrize("color", ["never", "always"])
def test_a_table_that_fits_is_drawn_as_rich_draws_it(color):
    fast, rich = Drawn(color), Drawn(color)
    rows = Rows("connector", COLUMNS, iter(ROWS))
    assert tables._tables(rows, fast.console)
    cells = [[tables._cell(v, c, False) for v, c in zip(row, COLUMNS, strict=True)] for row in ROWS]
    rich.console.print(tables._folded(rows, [name for name, _ in COLUMNS], cells))
    assert fast.file.getvalue() == rich.file.getvalue()


def test_a_table_that_does_not_fit_is_folded():
    drawn = Drawn("never")
    drawn.console.width = 40
    tables._tables(
        Rows("connector", COLUMNS, iter([("n" * 60, "active", 1, None, None, 1)])), drawn.console
    )
    assert max(map(len, drawn.file.getvalue().splitlines())) <= 40
