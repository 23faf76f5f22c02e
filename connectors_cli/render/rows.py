"""Rows for people: cards, tables, and the fields of one row."""

import json
import re
import sys
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors_cli import formats
from connectors_cli.context import Run
from connectors_cli.render.cards import show_cards
from connectors_cli.render.console import (
    STATUS_STYLES,
    as_text,
    blocks,
    clean,
    console_for,
    sparkline,
)
from connectors_cli.render.events import show_events
from connectors_cli.rows import BOOL, INT, Column, Rows, only_row

_EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
_ON_CARDS = frozenset({"catalog", "connector", "matching", "removed", "target", "working"})
# The catalog says itself what it was asked for.
_NOTHING = {
    "connector": "no connectors: install one with `connectors install TYPE`",
    "matching": "nothing like that: `connectors list` shows what is installed",
    "working": "no target works: see `connectors test --all`",
    "target": "no publish targets: activate one with `connectors edit NAME --activate`",
    "removed": "no removed connectors",
    "preset": "no presets: keep one with `connectors preset save NAME --from CONNECTOR`",
    "tenant": "no tenants: make one with `connectors tenant create NAME`",
    "event": "nothing in the log is like that",
    "stats": "nothing happened in that time",
}


def show_rows(rows: Rows, run: Run) -> int:
    output = run.row_output
    if output in formats.MACHINE:
        formats.write(rows, output, sys.stdout)
        return 0
    if rows.single:
        return _show_fields(rows, run)
    console = console_for(run, sys.stdout)
    if rows.kind == "event" and not run.fields:
        shown = show_events(rows, console)
    elif output == "cards" and rows.kind in _ON_CARDS and not run.fields:
        shown = show_cards(rows, console)
    else:
        shown = _tables(rows, console)
    if not shown and rows.kind in _NOTHING:
        run.note(_NOTHING[rows.kind])
    return 0


def _show_fields(rows: Rows, run: Run) -> int:
    """Show one row to people: a line a field that has a value, a line a setting."""
    row = only_row(rows)
    settings = row.pop("config", None)
    pairs = [(name, as_text(value)) for name, value in row.items() if value not in (None, [], {})]
    if isinstance(settings, dict):
        pairs[4:4] = [(f"config.{name}", as_text(value)) for name, value in settings.items()]
    show_pairs(pairs, "table", run)
    return 0


def show_pairs(pairs: list[tuple[str, str]], output: str, run: Run) -> None:
    if output not in {"cards", "table"}:
        for name, value in pairs:
            sys.stdout.write(f"{name}\t{formats.one_line(value)}\n")
        return
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(Text(name, style="cyan"), Text(clean(value), overflow="fold"))
    console_for(run, sys.stdout).print(table)


def _tables(rows: Rows, console: Console) -> bool:
    """Print tables of a block of rows each, so that a long list streams."""
    shown = False
    for block in blocks(rows.rows):
        table = Table(show_header=not shown, header_style="bold", box=None, pad_edge=False)
        for name, kind in rows.columns:
            table.add_column(name, overflow="fold", justify="right" if kind == INT else "left")
        plain = console.options.ascii_only
        for row in block:
            table.add_row(*(_cell(v, c, plain) for v, c in zip(row, rows.columns, strict=True)))
        console.print(table)
        shown = True
    return shown


def _cell(value: Any, column: Column, plain: bool) -> Text:
    name, kind = column
    if name == "trend":
        return Text(sparkline(json.loads(value), plain=plain), style="cyan")
    text = clean(formats.cell(value, kind))
    if name == "type" and not text:
        text = "-"  # of no connector: of a tenant, a key, the store
    if kind == BOOL:
        text = as_text(bool(value)) if value is not None else ""
    if name.endswith("_at") and _EXACT_TIME.fullmatch(text):
        text = f"{text:.19}Z"
    if kind == "json" and text.startswith(("[", "{")):
        text = as_text(json.loads(value))
    return Text(clean(text), style=STATUS_STYLES.get(text, "") if name == "status" else "")
