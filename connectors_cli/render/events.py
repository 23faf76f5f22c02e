"""The log for people: a line an event, what failed in red."""

import json
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connectors_cli.render.console import as_text, blocks, clean
from connectors_cli.rows import Rows

_WIDE = 110
"""From how many columns on there is room for email addresses, too."""
_FOR_PROGRAMS = frozenset({"id", "change", "version"})


def show_events(rows: Rows, console: Console) -> bool:
    """Print events in the order they come; whether there were any."""
    shown = False
    for block in blocks(rows.rows):
        table = Table(show_header=not shown, header_style="bold", box=None, pad_edge=False)
        for name in ("at", "who", "action", "subject", "details"):
            table.add_column(name, overflow="fold", no_wrap=name in {"at", "action"})
        for row in block:
            table.add_row(*_cells(row, wide=console.width >= _WIDE))
        console.print(table)
        shown = True
    return shown


def _cells(row: tuple[Any, ...], *, wide: bool) -> tuple[Text, ...]:
    at, principal, email, action, subject, outcome, details = row
    who = f"{principal} <{email}>" if wide else principal
    failed = outcome != "ok"
    told = ", ".join(filter(None, (outcome if failed else "", _details(details))))
    return (
        Text(clean(f"{at!s:.19}Z"), style="dim"),
        Text(clean(who)),
        Text(clean(action), style="red" if failed else "cyan"),
        Text(clean(subject)),
        Text(clean(told), style="red" if failed else ""),
    )


def _details(text: str | None) -> str:
    """Return an event's details as people read them, without what is for programs."""
    found = json.loads(text or "{}")
    if not isinstance(found, dict):
        return as_text(found)
    kept = {n: v for n, v in found.items() if n not in _FOR_PROGRAMS and v not in (None, "", [])}
    return as_text(kept)
