"""Errors: a sentence and a hint for people, or one JSON object."""

from __future__ import annotations

import sys

from connectors_cli.cli.render.lines import write_lines
from connectors_cli.errors import Cancelled
from connectors_cli.system.text import printable_lines

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.cli.render.lines import Line
    from connectors_cli.errors import ConnectorsError


def show_error(failure: ConnectorsError, context: CommandContext, *, changed: bool = False) -> None:
    """Show an error on standard error; `changed` tells programs that the command was done."""
    if sys.stderr is None:
        return
    if context.errors_as_json:
        import json

        as_object = error_object(failure) | ({"changed": True} if changed else {})
        sys.stderr.write(json.dumps({"error": as_object}) + "\n")
        return
    write_lines(_lines(failure), context, sys.stderr)


def _lines(failure: ConnectorsError) -> Iterator[Line]:
    prefix = "" if isinstance(failure, Cancelled) else "error: "
    yield (prefix, "bold red"), (printable_lines(failure.message), "")
    for problem in failure.details:
        if problem.sentence != failure.message:
            yield ((f"  {printable_lines(problem.sentence)}", ""),)
    if failure.hint:
        yield ((f"  hint: {printable_lines(failure.hint)}", "dim"),)


def error_object(failure: ConnectorsError) -> dict[str, Any]:
    """Return the JSON object of an error."""
    return {
        "code": failure.code,
        "exit_code": failure.exit_code,
        "message": failure.message,
        "details": [{"path": p.dotted, "message": p.message, **p.place} for p in failure.details],
        "hint": failure.hint,
    }
