"""What tests of connections found: a line each for people, JSON, JUnit and rows for programs."""

import sys
from typing import Any

from rich.table import Table
from rich.text import Text

from connectors_cli.context import Run
from connectors_cli.render.console import clean, console_for
from connectors_cli.render.outcomes import write_outcomes
from connectors_cli.rows import INT, TEXT
from connectors_cli.verdicts import Check, Checks, Watched

_STYLES = {"ok": "green", "unsupported": "dim"}
_BLIPS = frozenset({"unreachable", "rate_limited", "timeout", "key_error"})
_BRIEF = "name,state,account,latency_ms,message"
_COLUMNS = (
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("state", TEXT),
    ("status", TEXT),
    ("account", TEXT),
    ("account_id", TEXT),
    ("http_status", INT),
    ("latency_ms", INT),
    ("message", TEXT),
    ("hint", TEXT),
    ("checked_at", TEXT),
)


def show_checks(found: Checks, run: Run) -> int:
    """Show what was found; return the exit code that says it."""
    if found.form == "junit":
        sys.stdout.write(_junit(found))
    elif not write_outcomes(found, run, _COLUMNS, _BRIEF, ("steps", TEXT)):
        _show_for_people(found, run)
    return found.exit_code


def show_watched(watched: Watched, run: Run) -> int:
    """Show round after round, until somebody stops it; each as it comes."""
    if run.output == "json":
        run.options["json"], run.options["output"] = False, "jsonl"
    code = 0
    try:
        for found in watched.rounds:
            code = show_checks(found, run)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    return code


def check_line(check: Check) -> Text:
    """Return a test's outcome as a line."""
    style = _STYLES.get(check.state, "red")
    account = f" as {clean(check.account)}" if check.account else ""
    took = f" ({check.latency_ms} ms)" if check.latency_ms is not None else ""
    return Text.assemble((check.state, style), f"{account}: {clean(check.message)}{took}")


def _show_for_people(found: Checks, run: Run) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "state", "account", "ms"):
        table.add_column(heading, overflow="fold")
    table.add_column("", overflow="fold", ratio=1)
    for check in found.results:
        table.add_row(
            Text(clean(check.name)),
            Text(check.state, style=_STYLES.get(check.state, "red")),
            Text(clean(check.account or "")),
            Text("" if check.latency_ms is None else str(check.latency_ms)),
            Text(clean(check.message)),
        )
    console = console_for(run, sys.stdout)
    console.print(table)
    for check in found.results:
        if check.hint:
            line = Text(f"{clean(check.name)}: {clean(check.hint)}", style="dim")
            console.print(line, soft_wrap=True)
    console.print(Text(_summary(found)), soft_wrap=True)


def _summary(found: Checks) -> str:
    counts = {name: count for name, count in found.summary.items() if name != "elapsed_ms"}
    total = counts.pop("total")
    said = [f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return f"{total} tested: {', '.join(said) or 'none'}, in {found.elapsed_ms / 1000:.1f} s"


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
            "name": clean(check.name),
            "classname": f"connectors.{check.catalog_key or 'unknown'}",
            "time": f"{(check.latency_ms or 0) / 1000:.3f}",
        },
    )
    if check.state == "ok":
        return case
    skipped = check.exit_code == 0
    tag = "skipped" if skipped else "error" if check.state in _BLIPS else "failure"
    about = {"message": clean(check.message)}
    if not skipped:
        about["type"] = check.state
    child = ElementTree.SubElement(case, tag, about)
    child.text = clean(check.hint) if check.hint else None
    return case


def _ascii(data: bytes) -> str:
    return data.decode("ascii") + "\n"
