"""What `doctor` found: a line each as it comes, JSON and rows for programs."""

import json
import sys
from collections.abc import Iterator
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from connectors_cli import formats
from connectors_cli.context import Run
from connectors_cli.diagnosis.findings import STATES, Diagnosis, Finding
from connectors_cli.render.console import clean, console_for
from connectors_cli.rows import TEXT, Rows, pick

_STYLES = {"ok": "green", "warning": "yellow", "failure": "bold red", "skipped": "dim"}
_COLUMNS = (("check", TEXT), ("state", TEXT), ("message", TEXT), ("hint", TEXT))


def show_diagnosis(found: Diagnosis, run: Run) -> int:
    """Show findings as they come; return 1 when one of them is a failure."""
    counts = dict.fromkeys(STATES, 0)

    def counted() -> Iterator[Finding]:
        for finding in found.findings:
            counts[finding.state] += 1
            yield finding

    output = run.row_output
    columns = pick(_COLUMNS, run.fields) if run.fields else _COLUMNS
    names = [name for name, _ in columns]
    if output == "json":
        results = [{name: getattr(item, name) for name in names} for item in counted()]
        sys.stdout.write(json.dumps({"results": results, "summary": counts}) + "\n")
    elif output in formats.MACHINE:
        rows = (tuple(getattr(item, name) for name in names) for item in counted())
        formats.write(Rows("finding", columns, rows), output, sys.stdout)
    else:
        _show_for_people(counted(), run)
        said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        console_for(run, sys.stdout).print(Text(said), soft_wrap=True)
    return 1 if counts["failure"] else 0


def _in_lines(text: str, console: Console) -> list[str]:
    """Return a text in lines that a terminal shows whole; a path that is longer stays in one."""
    if not console.is_terminal:
        return [text]
    width = console.width - 8
    return wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _show_for_people(findings: Iterator[Finding], run: Run) -> None:
    console = console_for(run, sys.stdout)
    for finding in findings:
        state = (f"{finding.state:<8}", _STYLES[finding.state])
        first, *more = _in_lines(f"{finding.check}: {clean(finding.message)}", console)
        name, _, rest = first.partition(": ")
        console.print(Text.assemble(state, (f"{name}: ", "cyan"), rest), soft_wrap=True)
        for line in more:
            console.print(Text(f"{'':8}{line}"), soft_wrap=True)
        if finding.hint and finding.state != "ok":
            console.print(Text(f"{'':8}{clean(finding.hint)}", style="dim"), soft_wrap=True)
