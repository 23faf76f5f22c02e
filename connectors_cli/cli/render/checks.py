"""Results of connection tests: a table for people, JSON, JUnit and rows for programs."""

import sys
from typing import TYPE_CHECKING, Any

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.bulk import write_results
from connectors_cli.services.checks.results import Checks
from connectors_cli.services.results import Check
from connectors_cli.system.text import printable, printable_lines

if TYPE_CHECKING:
    from connectors_cli.cli.render.lines import Line

_STYLES = {"ok": "green", "unsupported": "dim"}
_BLIPS = frozenset({"unreachable", "rate_limited", "timeout", "key_error"})


def show_checks(found: Checks, context: CommandContext, output: str | None = None) -> int:
    """Show the results; return the exit code. `output` replaces that of the command line."""
    if found.form == "junit":
        sys.stdout.write(_junit(found))
    elif not write_results(found, context, output):
        _show_for_people(found, context)
    return found.exit_code


def check_line(check: Check) -> "Line":
    """Return the result of a test as a line."""
    style = _STYLES.get(check.state, "red")
    account = f" as {printable(check.account)}" if check.account else ""
    took = f" ({check.latency_ms} ms)" if check.latency_ms is not None else ""
    return (check.state, style), (f"{account}: {printable_lines(check.message)}{took}", "")


def _show_for_people(found: Checks, context: CommandContext) -> None:
    from rich.table import Table  # only for people
    from rich.text import Text

    from connectors_cli.cli.render.console import console_for

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "state", "account", "ms"):
        table.add_column(heading, overflow="fold")
    table.add_column("", overflow="fold", ratio=1)
    for check in found.results:
        table.add_row(
            Text(printable(check.name)),
            Text(check.state, style=_STYLES.get(check.state, "red")),
            Text(printable(check.account or "")),
            Text("" if check.latency_ms is None else str(check.latency_ms)),
            Text(printable_lines(check.message)),
        )
    console = console_for(context, sys.stdout)
    console.print(table)
    for check in found.results:
        if check.detail and context.verbose:
            said = Text(f"{printable(check.name)}: the server said: {printable(check.detail)}")
            console.print(said, soft_wrap=True)
        if check.hint:
            line = Text(f"{printable(check.name)}: {printable_lines(check.hint)}", style="dim")
            console.print(line, soft_wrap=True)
    console.print(Text(_summary(found)), soft_wrap=True)


def _summary(found: Checks) -> str:
    counts = {name: count for name, count in found.summary.items() if name != "elapsed_ms"}
    total = counts.pop("total")
    texts = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return f"{total} tested: {', '.join(texts) or 'none'}, in {found.elapsed_ms / 1000:.1f} s"


def _junit(found: Checks) -> str:
    from xml.etree import ElementTree

    cases = [_case(check) for check in found.results]
    tags = [child.tag for case in cases for child in case]
    counts = {
        "tests": str(len(cases)),
        "failures": str(tags.count("failure")),
        "errors": str(tags.count("error")),
        "time": f"{found.elapsed_ms / 1000:.3f}",
    }
    moment = found.results[0].checked_at[:19] if found.results else "1970-01-01T00:00:00"
    root = ElementTree.Element("testsuites", {"name": "connectors", **counts})
    more = {"skipped": str(tags.count("skipped")), "timestamp": moment}
    suite = ElementTree.SubElement(root, "testsuite", {"name": "connectors", **counts, **more})
    suite.extend(cases)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + _ascii(ElementTree.tostring(root))


def _case(check: Check) -> Any:
    from xml.etree import ElementTree

    case = ElementTree.Element(
        "testcase",
        {
            "name": printable(check.name),
            "classname": f"connectors.{check.catalog_key or 'unknown'}",
            "time": f"{(check.latency_ms or 0) / 1000:.3f}",
        },
    )
    if check.state == "ok":
        return case
    skipped = check.exit_code == 0
    tag = "skipped" if skipped else "error" if check.state in _BLIPS else "failure"
    about = {"message": printable_lines(check.message)}
    if not skipped:
        about["type"] = check.state
    child = ElementTree.SubElement(case, tag, about)
    child.text = printable_lines(check.hint) if check.hint else None
    return case


def _ascii(data: bytes) -> str:
    return data.decode("ascii") + "\n"
