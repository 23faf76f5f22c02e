"""Results of many connectors for programs: JSON with a summary, JSON Lines, rows."""

from __future__ import annotations

import json
import sys

from connectors_cli.cli import formats
from connectors_cli.cli.render.machine import parts_of
from connectors_cli.store.read.rows import Rows, pick

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.output import Bulk
    from connectors_cli.store.read.rows import Column


def write_results(found: Bulk, context: CommandContext, output: str | None = None) -> bool:
    """Write results in the chosen output format; return False if that is one for people.

    `output` replaces the format of the command line.
    """
    output, columns = output or context.row_output, found.columns
    if output == "json":
        whole = {
            "results": _objects(found, context, (*columns, *found.more)),
            "summary": found.summary,
        }
        sys.stdout.write(json.dumps(whole) + "\n")
    elif output == "jsonl":
        for item in _objects(found, context, (*columns, *found.more)):
            sys.stdout.write(json.dumps(item) + "\n")
    elif output in formats.MACHINE:
        fields = context.fields or (found.brief if output == "tsv" else None)
        chosen = pick(columns, fields, parts=True) if fields else columns
        formats.write(_rows(found, chosen), output, sys.stdout, header=context.header)
    else:
        return False
    return True


def _objects(
    found: Bulk, context: CommandContext, columns: tuple[Column, ...]
) -> list[dict[str, Any]]:
    objects = [item.as_object() for item in found.results]
    if not context.fields:
        return objects
    wanted = pick(columns, context.fields, parts=True)
    return [parts_of(item, wanted) for item in objects]


def _rows(found: Bulk, columns: tuple[Column, ...]) -> Rows:
    objects = (item.as_object() for item in found.results)
    cells = (parts_of(found, columns).values() for found in objects)
    return Rows("outcome", columns, (tuple(map(_cell, row)) for row in cells))


def _cell(value: Any) -> Any:
    """Return a value as a cell of a row: a list or an object as JSON."""
    return json.dumps(value) if isinstance(value, list | dict) else value
