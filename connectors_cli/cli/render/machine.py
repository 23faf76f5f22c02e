"""Results in the formats for programs, written without Rich."""

from __future__ import annotations

import sys

from connectors_cli.cli import formats
from connectors_cli.services.output import Bulk, Chunks, Document, Text
from connectors_cli.store.read.rows import BOOL, JSON, PART, TEXT, Rows, narrowed, part, pick
from connectors_cli.system.text import as_text, printable

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.store.read.rows import Column


def show(result: Any, context: CommandContext) -> int | None:
    """Write a result to standard output; return the exit code, None to leave it to Rich."""
    if isinstance(result, Text):
        sys.stdout.write(result.text.removesuffix("\n") + "\n")
    elif isinstance(result, Chunks):
        for chunk in result.chunks:
            sys.stdout.write(chunk)
    elif isinstance(result, Rows) and context.row_output in formats.MACHINE:
        write_rows(result, context, context.row_output)
    elif isinstance(result, Document):
        return _show_document(result, context)
    elif isinstance(result, Bulk) and result.form is None:
        from connectors_cli.cli.render.bulk import write_results

        return result.exit_code if write_results(result, context) else None
    else:
        return None
    return 0


def write_rows(rows: Rows, context: CommandContext, output: str) -> None:
    """Write rows in a format for programs, with the parts of columns that `--fields` names."""
    if context.fields and "." in context.fields:
        rows = narrowed(rows, context.fields, output)
    formats.write(rows, output, sys.stdout, header=context.header)


def _show_document(document: Document, context: CommandContext) -> int | None:
    output = "json" if document.as_json else context.row_output
    if output not in formats.MACHINE:
        return None
    values = chosen(document, context)
    if output in {"json", "jsonl"}:
        import json

        sys.stdout.write(json.dumps(values) + "\n")
    elif output == "tsv":
        sys.stdout.writelines(f"{n}\t{printable(_as_cell(v))}\n" for n, v in values.items())
    else:
        columns = tuple((n, BOOL if isinstance(v, bool) else TEXT) for n, v in values.items())
        row = tuple(v if v is None or isinstance(v, bool) else _as_cell(v) for v in values.values())
        formats.write(Rows("document", columns, iter((row,)), single=True), output, sys.stdout)
    for note in document.notes:
        context.note(note)
    return document.exit_code


def chosen(document: Document, context: CommandContext) -> dict[str, Any]:
    """Return an object's fields, or those of `--fields`; raises UsageError for an unknown one."""
    if not context.fields:
        return document.values
    known = tuple(
        (name, JSON if isinstance(value, dict | list) else TEXT)
        for name, value in document.values.items()
    )
    return parts_of(document.values, pick(known, context.fields, parts=True))


def parts_of(values: dict[str, Any], wanted: tuple[Column, ...]) -> dict[str, Any]:
    """Return the named fields of an object; a name with dots leads into one of them."""
    return {name: values[name] if name in values else part(values, name) for name, _ in wanted}


def _as_cell(value: Any) -> str:
    if isinstance(value, dict | list | tuple):
        return formats.cell(list(value) if isinstance(value, tuple) else value, PART)
    return as_text(value)
