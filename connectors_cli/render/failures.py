"""Errors: one sentence and a hint, or one JSON object."""

import json
import sys
from typing import Any

from rich.text import Text

from connectors_cli.context import Run
from connectors_cli.errors import Cancelled, ConnectorsError
from connectors_cli.render.console import clean, console_for


def error(failure: ConnectorsError, run: Run) -> None:
    """Show an error on standard error: one sentence and a hint, or one JSON object."""
    if sys.stderr is None:
        return
    if run.options.get("errors_as_json"):
        sys.stderr.write(json.dumps({"error": error_object(failure)}) + "\n")
        return
    console = console_for(run, sys.stderr)
    said = "" if isinstance(failure, Cancelled) else "error: "
    line = Text.assemble((said, "bold red"), clean(failure.message))
    console.print(line, soft_wrap=True)
    shown = {failure.message}
    for problem in failure.details:
        text = problem.sentence
        if text not in shown:
            console.print(Text(f"  {clean(text)}"), soft_wrap=True)
    if failure.hint:
        console.print(Text(f"  hint: {clean(failure.hint)}", style="dim"), soft_wrap=True)


def error_object(failure: ConnectorsError) -> dict[str, Any]:
    """Return an error as its JSON object."""
    return {
        "code": failure.code,
        "exit_code": failure.exit_code,
        "message": failure.message,
        "details": [{"path": p.dotted, "message": p.message, **p.place} for p in failure.details],
        "hint": failure.hint,
    }
