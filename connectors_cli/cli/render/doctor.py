"""The findings of `doctor`: a line for each as it comes, JSON and rows for programs."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from connectors_cli.cli import formats
from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.cli.render.lines import write_lines
from connectors_cli.services.doctor.findings import STATES, Diagnosis, Finding
from connectors_cli.store.read.rows import TEXT, Rows, pick
from connectors_cli.system.text import printable_lines

if TYPE_CHECKING:
    from connectors_cli.cli.render.lines import Line

_STYLES = {"ok": "green", "warning": "yellow", "failure": "bold red", "skipped": "dim"}
_COLUMNS = (("check", TEXT), ("state", TEXT), ("message", TEXT), ("hint", TEXT))


def show_diagnosis(found: Diagnosis, context: CommandContext) -> int:
    """Show findings as they come; return 1 if one of them is a failure."""
    counts = dict.fromkeys(STATES, 0)

    def counted() -> Iterator[Finding]:
        for finding in found.findings:
            counts[finding.state] += 1
            yield finding

    output = context.row_output
    columns = pick(_COLUMNS, context.fields) if context.fields else _COLUMNS
    names = [name for name, _ in columns]
    if output == "json":
        results = [{name: getattr(item, name) for name in names} for item in counted()]
        sys.stdout.write(json.dumps({"results": results, "summary": counts}) + "\n")
    elif output in formats.MACHINE:
        rows = (tuple(getattr(item, name) for name in names) for item in counted())
        formats.write(Rows("finding", columns, rows), output, sys.stdout, header=context.header)
    else:
        _show_for_people(counted(), context)
        summary = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
        write_lines([((summary, ""),)], context, sys.stdout)
    return 1 if counts["failure"] else 0


def _in_lines(text: str, context: CommandContext) -> list[str]:
    """Return a text as lines that fit the terminal."""
    if context.color_choice != "always" and not is_terminal(sys.stdout):
        return [text]
    from connectors_cli.cli.render.console import console_for, wrapped_words

    return wrapped_words(text, console_for(context, sys.stdout).width - 8)


def _show_for_people(findings: Iterator[Finding], context: CommandContext) -> None:
    for finding in findings:
        write_lines(_finding_lines(finding, context), context, sys.stdout)
        sys.stdout.flush()


def _finding_lines(finding: Finding, context: CommandContext) -> Iterator["Line"]:
    name = f"{finding.check}:"
    first, *more = _in_lines(f"{name} {printable_lines(finding.message)}", context)
    state = (f"{finding.state:<8}", _STYLES[finding.state])
    yield state, (name, "cyan"), (first.removeprefix(name), "")
    yield from (((f"{'':8}{line}", ""),) for line in more)
    if finding.hint and finding.state != "ok":
        yield ((f"{'':8}{printable_lines(finding.hint)}", "dim"),)
