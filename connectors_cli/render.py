"""Shows results and errors: cards and tables for people, machine formats as they are."""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as RichText

from connectors_cli import formats
from connectors_cli.context import Run, is_terminal
from connectors_cli.errors import ConnectorsError
from connectors_cli.icons import FALLBACK, ICONS
from connectors_cli.reader import Column, Rows, pick
from connectors_cli.results import (
    Batch,
    Change,
    Document,
    Failure,
    FieldChange,
    Text,
    Validations,
)

STATUS_STYLES = {"active": "green", "inactive": "dim", "error": "red"}
LIFECYCLE_STYLES = {"limited": "yellow", "closed": "red"}
DOTS = "••••••"
CARD_WIDTH = 38
TABLE_BLOCK = 200


def show(result: Any, run: Run) -> int:
    """Show what a command returned on standard output; return the exit code."""
    if isinstance(result, Rows):
        return _show_rows(result, run)
    if isinstance(result, Change):
        return _show_batch(Batch((result,)), run, single=True)
    if isinstance(result, Batch):
        return _show_batch(result, run)
    if isinstance(result, Document):
        return _show_document(result, run)
    if isinstance(result, Validations):
        return _show_validations(result, run)
    if isinstance(result, Text):
        sys.stdout.write(result.text if result.text.endswith("\n") else result.text + "\n")
    return 0


def error(failure: ConnectorsError, run: Run) -> None:
    """Show an error on standard error: one sentence and a hint, or one JSON object."""
    if sys.stderr is None:
        return
    if run.options.get("json"):
        sys.stderr.write(json.dumps({"error": error_object(failure)}) + "\n")
        return
    console = _console(run, sys.stderr)
    line = RichText.assemble(("error: ", "bold red"), clean(failure.message))
    console.print(line, soft_wrap=True)
    shown = {failure.message}
    for problem in failure.details:
        text = f"{problem.dotted}: {problem.message}" if problem.path else problem.message
        if problem.rule == "required" or (text not in shown and len(failure.details) > 1):
            console.print(RichText(f"  {clean(text)}"), soft_wrap=True)
    if failure.hint:
        console.print(RichText(f"  hint: {clean(failure.hint)}", style="dim"), soft_wrap=True)


def error_object(failure: ConnectorsError) -> dict[str, Any]:
    """Return an error as its JSON object."""
    return {
        "code": failure.code,
        "exit_code": failure.exit_code,
        "message": failure.message,
        "details": [{"path": p.dotted, "message": p.message} for p in failure.details],
        "hint": failure.hint,
    }


def clean(text: str) -> str:
    """Return text that no terminal acts on: control and invisible characters are spelled out."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def _console(run: Run, stream: Any) -> Console:
    wish = run.options.get("color") or "auto"
    plain = wish == "never" or (wish == "auto" and bool(run.environ.get("NO_COLOR")))
    dumb = wish == "auto" and run.environ.get("TERM") == "dumb"
    off = plain or dumb or (wish == "auto" and not is_terminal(stream))
    return Console(
        file=stream,
        color_system=None if off else "auto",
        force_terminal=True if wish == "always" else None,
        no_color=off,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _show_rows(rows: Rows, run: Run) -> int:
    output = run.row_output
    if output in formats.MACHINE:
        formats.write(rows, output, sys.stdout)
        return 0
    if rows.single:
        return _show_fields(rows, run)
    console = _console(run, sys.stdout)
    shown = _cards(rows, console) if output == "cards" else _tables(rows, console)
    if not shown:
        run.note(_nothing(rows.kind))
    return 0


def _nothing(kind: str) -> str:
    if kind == "catalog":
        return "no service matches"
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
    lines: list[RenderableType] = [RichText(clean(facts), style="cyan", overflow="ellipsis")]
    if row.get("description"):
        lines.append(RichText(clean(row["description"])))
    lines.append(RichText(_badges(row.get("capabilities")), style="dim"))
    if row.get("notice"):
        style = LIFECYCLE_STYLES.get(row.get("lifecycle") or "", "yellow")
        lines.append(RichText(f"! {clean(row['notice'])}", style=style))
    return _panel(_glyph(row.get("icon")), row.get("name") or row.get("key") or "", lines)


def _connector_card(row: dict[str, Any]) -> Panel:
    status = str(row.get("status") or "")
    service = row.get("catalog_name") or row.get("catalog_key") or ""
    lines: list[RenderableType] = [
        RichText.assemble((status, STATUS_STYLES.get(status, "")), f" · {clean(str(service))}")
    ]
    lines += [RichText(clean(text)) for text in _connector_facts(row)]
    return _panel(_glyph(row.get("icon")), str(row.get("name") or row.get("id") or ""), lines)


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


def _glyph(icon: Any) -> str:
    return ICONS.get(str(icon), FALLBACK)


def _panel(glyph: str, title: str, lines: list[RenderableType]) -> Panel:
    heading = RichText(f"{glyph} {clean(title)}", style="bold", overflow="ellipsis", no_wrap=True)
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


def _cell(value: Any, column: Column) -> RichText:
    name, kind = column
    text = clean(formats.cell(value, kind))
    if kind == "json" and text.startswith("["):
        text = ", ".join(str(item) for item in json.loads(value))
    return RichText(clean(text), style=STATUS_STYLES.get(text, "") if name == "status" else "")


def _show_fields(rows: Rows, run: Run) -> int:
    row = next(rows.rows)
    pairs = [
        (name, formats.cell(value, kind))
        for value, (name, kind) in zip(row, rows.columns, strict=True)
    ]
    _show_pairs(pairs, "table", run)
    return 0


def _show_pairs(pairs: list[tuple[str, str]], output: str, run: Run) -> None:
    if output == "tsv":
        for name, value in pairs:
            sys.stdout.write(f"{name}\t{formats.one_line(value)}\n")
        return
    table = Table.grid(padding=(0, 2))
    for name, value in pairs:
        table.add_row(RichText(name, style="cyan"), RichText(clean(value)))
    _console(run, sys.stdout).print(table)


def _show_document(document: Document, run: Run) -> int:
    output = run.row_output
    values = document.values
    if run.fields:
        wanted = pick(tuple((name, "text") for name in values), run.fields)
        values = {name: values[name] for name, _ in wanted}
    if output in {"json", "jsonl"}:
        sys.stdout.write(json.dumps(values) + "\n")
    else:
        tables = {name: value for name, value in values.items() if _is_table(value)}
        pairs = [(n, _as_text(v)) for n, v in values.items() if n not in tables or output == "tsv"]
        _show_pairs(pairs, "tsv" if output == "tsv" else "table", run)
        if output != "tsv":
            for table in tables.values():
                _show_records(table, run)
    for note in document.notes:
        run.note(note)
    return document.exit_code


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _show_records(records: list[dict[str, Any]], run: Run) -> None:
    """Show a list of records one below the other, each under its name, without what is empty."""
    console = _console(run, sys.stdout)
    for record in records:
        (_, title), *rest = record.items()
        console.print(RichText(f"\n{clean(_as_text(title))}", style="bold"))
        grid = Table.grid(padding=(0, 2))
        for name, value in rest:
            if value not in (None, "", False, []):
                grid.add_row(RichText(f"  {name}", style="cyan"), RichText(clean(_as_text(value))))
        console.print(grid)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _show_batch(batch: Batch, run: Run, *, single: bool = False) -> int:
    failures = [item.error for item in batch.results if isinstance(item, Failure)]
    if run.output in {"json", "jsonl"}:
        objects = [_object(item) for item in batch.results]
        done = len(objects) - len(failures)
        summary = {"total": len(objects), "ok": done, "failed": len(failures)}
        whole = objects[0] if single else {"results": objects, "summary": summary}
        sys.stdout.write(json.dumps(whole) + "\n")
    else:
        for item in batch.results:
            _show_item(item, run)
    codes = {failure.exit_code for failure in failures}
    if not codes:
        return 0
    return codes.pop() if len(codes) == 1 and len(failures) == len(batch.results) else 1


def _show_item(item: Change | Failure, run: Run) -> None:
    if isinstance(item, Failure):
        error(item.error, run)
        return
    would = "would be " if item.dry_run else ""
    service = f" ({item.connector['catalog_key']})" if item.connector else ""
    status = f", {item.connector['status']}" if item.connector and item.change != "removed" else ""
    console = _console(run, sys.stdout)
    sentence = f"{clean(item.name)}{service}: {would}{item.change}{status}"
    console.print(RichText(sentence), soft_wrap=True)
    if item.show_fields:
        for change in item.fields:
            console.print(_difference(change), soft_wrap=True)
    for note in item.notes:
        run.note(note)


def _difference(change: FieldChange) -> RichText:
    def side(value: Any) -> str:
        if value is None:
            return "(none)"
        return "(secret)" if change.secret else clean(_as_text(value))

    after = "(secret, changed)" if change.secret and change.before and change.after else None
    return RichText.assemble(
        f"  {clean(change.field)}: ",
        (side(change.before), "red"),
        " → ",
        (after or side(change.after), "green"),
    )


def _object(item: Change | Failure) -> dict[str, Any]:
    if isinstance(item, Failure):
        return {"name": item.name, "change": None, "error": error_object(item.error)}
    fields = [
        {
            "field": change.field,
            "secret": change.secret,
            "before": None if change.secret else change.before,
            "after": None if change.secret else change.after,
        }
        for change in item.fields
    ]
    return {
        **(item.connector or {"name": item.name}),
        "change": item.change,
        "dry_run": item.dry_run,
        "changed_fields": fields,
        "notes": list(item.notes),
    }


def _show_validations(found: Validations, run: Run) -> int:
    errors = sum(report.error_count for report in found.reports)
    if run.output in {"json", "jsonl"}:
        objects = [report.as_object() for report in found.reports]
        summary = {"total": len(objects), "error_count": errors}
        whole = objects[0] if found.single else {"results": objects, "summary": summary}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 3 if errors else 0
    console = _console(run, sys.stdout)
    for report in found.reports:
        word = "ok" if not report.error_count else f"{report.error_count} problem(s)"
        console.print(RichText(f"{clean(report.name)} ({report.catalog_key}): {word}"))
        for item in report.fields:
            for message in item.errors:
                console.print(RichText(f"  {clean(item.field)}: {clean(message)}"), soft_wrap=True)
    return 3 if errors else 0
