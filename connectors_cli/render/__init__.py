"""Shows results and errors: cards and tables for people, machine formats as they are."""

import json
import sys
from collections.abc import Callable
from typing import Any

from rich.table import Table
from rich.text import Text as Line

from connectors_cli import formats
from connectors_cli.context import Run
from connectors_cli.diagnosis.findings import Diagnosis
from connectors_cli.render.changes import show_batch, show_validations
from connectors_cli.render.checks import show_checks, show_watched
from connectors_cli.render.console import as_text, clean, console_for
from connectors_cli.render.diagnosis import show_diagnosis
from connectors_cli.render.failures import error
from connectors_cli.render.plans import preview, show_plan
from connectors_cli.render.progress import progress
from connectors_cli.render.rows import show_pairs, show_rows
from connectors_cli.render.standings import show_standings
from connectors_cli.results import Batch, Change, Chunks, Document, Plan, Text, Validations
from connectors_cli.rows import BOOL, TEXT, Rows, pick
from connectors_cli.standing import Standings
from connectors_cli.verdicts import Checks, Watched

__all__ = ["error", "preview", "progress", "show"]

_WORD = 30
_NOT_FOR_PEOPLE = frozenset({"flag", "filled_by_flow"})  # `supplied_by` says both


def show(result: Any, run: Run) -> int:
    """Show what a command returned on standard output; return the exit code."""
    return _SHOWERS[type(result)](result, run)


def _show_text(text: Text, _: Run) -> int:
    sys.stdout.write(text.text.removesuffix("\n") + "\n")
    return 0


def _show_chunks(text: Chunks, _: Run) -> int:
    for chunk in text.chunks:
        sys.stdout.write(chunk)
    return 0


def _show_change(change: Change, run: Run) -> int:
    return show_batch(Batch((change,)), run, single=True)


def _show_document(document: Document, run: Run) -> int:
    output = run.row_output
    values = document.values
    if run.fields:
        wanted = pick(tuple((name, "text") for name in values), run.fields)
        values = {name: values[name] for name, _ in wanted}
    if output in {"json", "jsonl"}:
        sys.stdout.write(json.dumps(values) + "\n")
    elif output in {"cards", "table"}:
        _show_for_people(values, run)
    elif output in {"csv", "names"}:
        columns = tuple((n, BOOL if isinstance(v, bool) else TEXT) for n, v in values.items())
        row = tuple(v if v is None or isinstance(v, bool) else _as_cell(v) for v in values.values())
        formats.write(Rows("document", columns, iter((row,)), single=True), output, sys.stdout)
    else:
        show_pairs([(name, _as_cell(value)) for name, value in values.items()], output, run)
    for note in document.notes:
        run.note(note)
    return document.exit_code


def _show_for_people(values: dict[str, Any], run: Run) -> None:
    tables = {name: value for name, value in values.items() if _is_table(value)}
    filled = {n: v for n, v in values.items() if n not in tables and v not in (None, "", [])}
    if filled.get("dry_run") is False:  # what happened needs no saying that it did
        del filled["dry_run"]
    show_pairs([(name, _in_lines(value)) for name, value in filled.items()], "table", run)
    for table in tables.values():
        _show_records(table, run)


def _in_lines(value: Any) -> str:
    """Return a value as people read it; sentences and addresses of a list have a line each."""
    is_long = isinstance(value, list) and any(len(str(item)) > _WORD for item in value)
    return "\n".join(map(str, value)) if is_long else as_text(value)


def _as_cell(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else as_text(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _show_records(records: list[dict[str, Any]], run: Run) -> None:
    """Show a list of records one below the other, each under its name, without what is empty."""
    console = console_for(run, sys.stdout)
    for record in records:
        (_, title), *rest = record.items()
        console.print(Line(f"\n{clean(as_text(title))}", style="bold"))
        grid = Table.grid(padding=(0, 2))
        for name, value in rest:
            if value not in (None, "", False, []) and name not in _NOT_FOR_PEOPLE:
                grid.add_row(Line(f"  {name}", style="cyan"), Line(clean(as_text(value))))
        console.print(grid)


_SHOWERS: dict[type, Callable[[Any, Run], int]] = {
    Rows: show_rows,
    Change: _show_change,
    Batch: show_batch,
    Plan: show_plan,
    Document: _show_document,
    Validations: show_validations,
    Checks: show_checks,
    Diagnosis: show_diagnosis,
    Watched: show_watched,
    Standings: show_standings,
    Text: _show_text,
    Chunks: _show_chunks,
}
