"""Rows for people: cards, tables, and the fields of a single row."""

import io
import json
import re
import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render import machine
from connectors_cli.cli.render.cards import LOWEST_CARD, across, show_cards
from connectors_cli.cli.render.console import (
    STATUS_STYLES,
    TABLE_BLOCK,
    Painter,
    console_for,
    print_pairs,
    sparkline,
)
from connectors_cli.cli.render.events import show_events
from connectors_cli.store.read.rows import (
    BOOL,
    BRIEF,
    INT,
    PART,
    Column,
    Rows,
    batched,
    naming_position,
    narrowed,
    only_row,
    pick,
)
from connectors_cli.system.cells import cut, width_of
from connectors_cli.system.text import as_text, printable_lines

_NARROWEST = 8
_EXACT_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")
_ON_CARDS = frozenset(
    {"catalog", "connector", "everywhere", "matching", "removed", "target", "working"}
)
# Notes for an empty list. That of the catalog comes from its search.
_EMPTY = {
    "connector": "no connectors; install one with: connectors install TYPE",
    "matching": "nothing matches; connectors list shows what is installed",
    "everywhere": "nothing matches in any of your tenants",
    "working": "no working targets; see: connectors test --all",
    "target": "no publish targets; activate one with: connectors edit NAME --activate",
    "removed": "no removed connectors",
    "preset": "no presets; save one with: connectors preset save NAME --from CONNECTOR",
    "tenant": "no tenants; create one with: connectors tenant create NAME",
    "event": "no matching entries in the log",
    "stats": "no activity in this period",
}


def show_rows(rows: Rows, context: CommandContext) -> int:
    """Show rows in the chosen output format; return the exit code."""
    if machine.show(rows, context) is not None:
        return 0
    if context.fields and "." in context.fields:
        rows = narrowed(rows, context.fields, context.row_output)
    if rows.single:
        return _show_fields(rows, context)
    output, console = context.row_output, console_for(context, sys.stdout)
    if rows.kind == "event" and not context.fields:
        shown = show_events(rows, console)
    elif output == "cards" and rows.kind in _ON_CARDS and not context.fields:
        shown = _cards(rows, context, console)
    else:
        shown = _tables(rows, console)
    if not shown and rows.kind in _EMPTY:
        context.note(_EMPTY[rows.kind])
    return 0


def _cards(rows: Rows, context: CommandContext, console: Console) -> bool:
    """Print cards; unless they were asked for, one line a row where they would fill the screen."""
    if context.asks_for_cards or not console.is_terminal:
        return show_cards(rows, console)
    fitting = console.height // LOWEST_CARD * across(console)
    first, rest = list(islice(rows.rows, fitting + 1)), rows.rows
    out, console.file = console.file, io.StringIO()
    shown = show_cards(Rows(rows.kind, rows.columns, iter(first)), console)
    text, console.file = console.file.getvalue(), out
    if len(first) <= fitting and text.count("\n") < console.height:
        Painter(console).write(text)
        return shown
    brief = _brief(Rows(rows.kind, rows.columns, chain(first, rest)))
    return _tables(brief, console, one_line=True)


def _brief(rows: Rows) -> Rows:
    """Return rows with the columns of short lines."""
    kind = rows.kind if rows.kind in BRIEF else "connector"
    tenant = "tenant_id," if rows.kind == "everywhere" else ""
    columns = pick(rows.columns, tenant + BRIEF[kind])
    places = [rows.columns.index(column) for column in columns]
    return Rows(rows.kind, columns, (tuple(row[n] for n in places) for row in rows.rows))


def _show_fields(rows: Rows, context: CommandContext) -> int:
    """Show one row to people: one line for each field and each setting that has a value."""
    row = only_row(rows)
    if rows.kind == "connector" and context.row_output == "cards" and not context.fields:
        from connectors_cli.cli.render.pages import show_connector  # not for lists

        show_connector(row, context)
        return 0
    settings = row.pop("config", None)
    pairs = [(name, as_text(value)) for name, value in row.items() if value not in (None, [], {})]
    if isinstance(settings, dict):
        pairs[4:4] = [(f"config.{name}", as_text(value)) for name, value in settings.items()]
    print_pairs(console_for(context, sys.stdout), pairs)
    return 0


def _tables(rows: Rows, console: Console, *, one_line: bool = False) -> bool:
    """Print one table for each block of rows, so that a long list streams.

    Cells that do not fit are folded, or cut if each row is to be `one_line`.
    """
    shown, plain, painter = False, console.options.ascii_only, Painter(console)
    for block in batched(rows.rows, TABLE_BLOCK):
        cells = [
            [_cell(v, c, plain) for v, c in zip(row, rows.columns, strict=True)] for row in block
        ]
        heads = [] if shown else [name for name, _ in rows.columns]
        measured = [*cells, [(name, "") for name in heads]] if heads else cells
        columns = zip(*measured, strict=True)
        widths = [max(width_of(text) for text, _ in column) for column in columns]
        if one_line:
            widths = _narrower(widths, console.width, naming_position(rows.columns))
            cells = [
                [
                    (cut(text.replace("\n", " "), width, plain=plain), style)
                    for (text, style), width in zip(row, widths, strict=True)
                ]
                for row in cells
            ]
        is_wide = sum(widths) + 2 * (len(widths) - 1) > console.width
        if is_wide or any("\n" in text for row in cells for text, _ in row):
            console.print(_folded(rows, heads, cells))
        else:
            painter.write("".join(_lines(rows, heads, cells, widths, painter)))
        shown = True
    return shown


def _narrower(widths: list[int], room: int, whole: int) -> list[int]:
    """Return widths that fit into the room, the widest column narrowed first.

    The column at `whole` keeps its width, for its words are typed, unless it is too wide alone.
    """
    widths = list(widths)
    spare = room - 2 * (len(widths) - 1)
    for places in ([n for n in range(len(widths)) if n != whole], [whole]):
        while (
            sum(widths) > spare and (widest := max(places, key=widths.__getitem__, default=-1)) >= 0
        ):
            if widths[widest] <= _NARROWEST:
                break
            widths[widest] -= 1
    return widths


def _lines(
    rows: Rows,
    heads: list[str],
    cells: list[list[tuple[str, str]]],
    widths: list[int],
    painter: Painter,
) -> Iterator[str]:
    """Yield the lines of a table that fits, as Rich draws them, in a tenth of the time."""
    right = [kind == INT for _, kind in rows.columns]
    padded = list(zip(widths, right, strict=True))
    if heads:
        gap = painter.styled(" ", "bold") * 2
        names = (_padded(text, *size) for text, size in zip(heads, padded, strict=True))
        yield gap.join(painter.styled(name, "bold") for name in names) + "\n"
    for row in cells:
        parts = (
            painter.styled(_padded(text, *size), style)
            for (text, style), size in zip(row, padded, strict=True)
        )
        yield "  ".join(parts) + "\n"


def _padded(text: str, width: int, is_number: bool) -> str:
    space = " " * (width - width_of(text))
    return space + text if is_number else text + space


def _folded(rows: Rows, heads: list[str], cells: list[list[tuple[str, str]]]) -> Table:
    """Return a table whose columns are folded to fit."""
    table = Table(show_header=bool(heads), header_style="bold", box=None, pad_edge=False)
    for name, kind in rows.columns:
        table.add_column(name, overflow="fold", justify="right" if kind == INT else "left")
    for row in cells:
        table.add_row(*(Text(text, style=style) for text, style in row))
    return table


def _cell(value: Any, column: Column, plain: bool) -> tuple[str, str]:
    """Return the text of a cell, and its style."""
    name, kind = column
    if kind == PART:
        return printable_lines(as_text(value)), ""
    if name == "trend":
        return sparkline(json.loads(value), plain=plain), "cyan"
    text = printable_lines("" if value is None else str(value))
    if name == "type" and not text:
        text = "-"  # an event of a tenant, a key or the store has no type
    if kind == BOOL:
        text = as_text(bool(value)) if value is not None else ""
    if name.endswith("_at") and _EXACT_TIME.fullmatch(text):
        text = f"{text:.19}Z"
    if kind == "json" and text.startswith(("[", "{")):
        text = as_text(json.loads(value))
    return printable_lines(text), STATUS_STYLES.get(text, "") if name == "status" else ""
