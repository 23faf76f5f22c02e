"""What came of many connectors, for programs: JSON with a summary, JSON Lines, rows."""

import json
import sys
from typing import Any

from connectors_cli import formats
from connectors_cli.context import Run
from connectors_cli.rows import Column, Rows, pick
from connectors_cli.standing import Standings
from connectors_cli.verdicts import Checks


def write_outcomes(
    found: Checks | Standings, run: Run, columns: tuple[Column, ...], brief: str, *more: Column
) -> bool:
    """Write outcomes as the output that was chosen has them; False where it is for people.

    TSV has the `brief` fields unless others are chosen; `more` are fields of JSON alone.
    """
    output = run.row_output
    if output == "json":
        whole = {"results": _objects(found, run, (*columns, *more)), "summary": found.summary}
        sys.stdout.write(json.dumps(whole) + "\n")
    elif output == "jsonl":
        for item in _objects(found, run, (*columns, *more)):
            sys.stdout.write(json.dumps(item) + "\n")
    elif output in formats.MACHINE:
        fields = run.fields or (brief if output == "tsv" else None)
        formats.write(
            _rows(found, pick(columns, fields) if fields else columns), output, sys.stdout
        )
    else:
        return False
    return True


def _objects(
    found: Checks | Standings, run: Run, columns: tuple[Column, ...]
) -> list[dict[str, Any]]:
    objects = [item.as_object() for item in found.results]
    if not run.fields:
        return objects
    names = [name for name, _ in pick(columns, run.fields)]
    return [{name: item[name] for name in names} for item in objects]


def _rows(found: Checks | Standings, columns: tuple[Column, ...]) -> Rows:
    objects = (item.as_object() for item in found.results)
    return Rows("outcome", columns, (tuple(_cell(o[name]) for name, _ in columns) for o in objects))


def _cell(value: Any) -> Any:
    """Return a value as rows have it: a list is JSON."""
    return json.dumps(value) if isinstance(value, list) else value
