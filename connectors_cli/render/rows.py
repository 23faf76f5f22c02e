"""Rows for people: cards, tables, and the fields of one row."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from connectors_cli import formats
from connectors_cli.context import Run
from connectors_cli.icons import glyph
from connectors_cli.reader import Column, Rows, only_row
from connectors_cli.render.console import STATUS_STYLES, as_text, clean, console_for

LIFECYCLE_STYLES = {"limited": "yellow", "closed": "red"}
CARD_WIDTH = 38
TABLE_BLOCK = 200
_ON_CARDS = frozenset({"catalog", "connector"})


def show_rows(rows: Rows, run: Run) -> int:
    output = run.row_output
    if output in formats.MACHINE:
        formats.write(rows, output, sys.stdout)
        return 0
    if rows.single:
        return _show_fields(rows, run)
    console = console_for(run, sys.stdout)
    on_cards = output == "cards" and rows.kind in _ON_CARDS and not run.fields
    shown = _cards(rows, console) if on_cards else _tables(rows, console)
    if not shown:
        run.note(_nothing(rows.kind))
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
        table.add_row(Text(name, style="cyan"), Text(clean(value)))
    console_for(run, sys.stdout).print(table)


def _nothing(kind: str) -> str:
    if kind == "catalog":
        return "no service matches"
    if kind == "preset":
        return "no presets: keep one with `connectors preset save NAME --from CONNECTOR`"
    return "no connectors: install one with `connectors install TYPE`"


def _cards(rows: Rows, console: Console) -> bool:
    card = _catalog_card if rows.kind == "catalog" else _connector_card
    names = [name for name, _ in rows.columns]
    across = max(1, console.width // CARD_WIDTH)
    width = console.width // across
    any_shown = False
    for line in _blocks(rows.rows, across):
        grid = Table.grid(expand=False)
        for _ in range(across):
            grid.add_column(width=width)
        grid.add_row(*(card(dict(zip(names, row, strict=True))) for row in line))
        console.print(grid)
        any_shown = True
    return any_shown


def _blocks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while block := list(islice(rows, size)):
        yield block


def _catalog_card(row: dict[str, Any]) -> Panel:
    facts = " · ".join(filter(None, (row.get("key"), row.get("category"), row.get("auth_type"))))
    lines: list[RenderableType] = [Text(clean(facts), style="cyan", overflow="ellipsis")]
    if row.get("description"):
        lines.append(Text(clean(row["description"])))
    lines.append(Text(_badges(row.get("capabilities")), style="dim"))
    if row.get("notice"):
        style = LIFECYCLE_STYLES.get(row.get("lifecycle") or "", "yellow")
        lines.append(Text(f"! {clean(row['notice'])}", style=style))
    return _panel(glyph(str(row.get("icon"))), row.get("name") or row.get("key") or "", lines)


def _connector_card(row: dict[str, Any]) -> Panel:
    status = str(row.get("status") or "")
    service = row.get("catalog_name") or row.get("catalog_key") or ""
    lines: list[RenderableType] = [
        Text.assemble((status, STATUS_STYLES.get(status, "")), f" · {clean(str(service))}")
    ]
    lines += [Text(clean(text)) for text in _connector_facts(row)]
    return _panel(glyph(str(row.get("icon"))), str(row.get("name") or row.get("id") or ""), lines)


def _connector_facts(row: dict[str, Any]) -> Iterator[str]:
    config = json.loads(row.get("config") or "{}")
    label = config.pop("account_label", None)
    if label:
        yield str(label)
    for name, value in list(config.items())[:3]:
        yield f"{name}: {_short(value)}"
    fields = json.loads(row.get("auth_fields") or "[]")
    yield "credentials: " + (", ".join(fields) if fields else "none")
    tags = json.loads(row.get("tags") or "[]")
    if tags:
        yield "tags: " + ", ".join(tags)
    if row.get("deleted_at"):
        yield f"removed {_day(row['deleted_at'])} by {row.get('deleted_by_email')}"
    elif row.get("updated_at"):
        yield f"changed {_day(row['updated_at'])} by {row.get('updated_by_email')}"


def _day(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _badges(capabilities: str | None) -> str:
    found = json.loads(capabilities or "{}")
    return " ".join(name.removeprefix("post_") for name, value in found.items() if value is True)


def _panel(glyph: str, title: str, lines: list[RenderableType]) -> Panel:
    heading = Text(f"{glyph} {clean(title)}", style="bold", overflow="ellipsis", no_wrap=True)
    return Panel(Group(*lines), title=heading, title_align="left", border_style="dim")


def _tables(rows: Rows, console: Console) -> bool:
    """Print tables of a block of rows each, so that a long list streams."""
    shown = False
    for block in _blocks(rows.rows, TABLE_BLOCK):
        table = Table(show_header=not shown, header_style="bold", box=None, pad_edge=False)
        for name, _ in rows.columns:
            table.add_column(name, overflow="fold")
        for row in block:
            table.add_row(*(_cell(v, c) for v, c in zip(row, rows.columns, strict=True)))
        console.print(table)
        shown = True
    return shown


def _cell(value: Any, column: Column) -> Text:
    name, kind = column
    text = clean(formats.cell(value, kind))
    if kind == "json" and text.startswith("["):
        text = ", ".join(str(item) for item in json.loads(value))
    return Text(clean(text), style=STATUS_STYLES.get(text, "") if name == "status" else "")
