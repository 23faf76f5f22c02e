"""A plan: connectors to create, update and remove, each as a diff by field."""

import json
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from rich.text import Text

from connectors_cli.context import Run, is_terminal
from connectors_cli.render.changes import difference, field_object
from connectors_cli.render.console import clean, console_for
from connectors_cli.results import Plan, PlannedChange

MOST = 100
"""How many connectors of a group are shown to people; programs get all."""
_GROUPS = (
    ("create", "+", "green"),
    ("update", "~", "yellow"),
    ("remove", "-", "red"),
)
_PAST = {"create": "created", "update": "updated", "remove": "removed"}


def show_plan(plan: Plan, run: Run) -> int:
    """Show a plan on standard output; return its exit code."""
    if run.output in {"json", "jsonl"}:
        json.dump(_object(plan), sys.stdout)
        sys.stdout.write("\n")
        return plan.exit_code
    _show(plan, run, sys.stdout, brief=plan.brief)
    return plan.exit_code


def preview(plan: Plan, run: Run) -> None:
    """Show a plan on standard error, before somebody is asked."""
    _show(plan, run, sys.stderr, brief=False)


def _show(plan: Plan, run: Run, stream: TextIO, *, brief: bool) -> None:
    lines = [] if brief else list(_lines(plan))
    lines.append(Text(_summary(plan)))
    if not is_terminal(stream) and run.color is not True:
        stream.write("\n".join(line.plain for line in lines) + "\n")
        return
    console = console_for(run, stream)
    for line in lines:
        console.print(line, soft_wrap=True)


def _lines(plan: Plan) -> Iterator[Text]:
    for word, sign, style in _GROUPS:
        found = plan.named(word)
        if found:
            yield Text(f"{word} {len(found):,}", style="bold")
        for item in found[:MOST]:
            yield Text(f"  {sign} {clean(item.name)} ({item.catalog_key})", style=style)
            yield from (Text.assemble("    ", difference(change)) for change in item.fields)
        if len(found) > MOST:
            yield Text(f"  ... and {len(found) - MOST:,} more: --json lists all", style="dim")


def _summary(plan: Plan) -> str:
    counts = [(word, len(plan.named(word))) for word, _, _ in _GROUPS]
    unchanged, skipped = len(plan.named("unchanged")), len(plan.named("skip"))
    said = [
        f"{count:,} {f'to {word}' if plan.dry_run else _PAST[word]}"
        for word, count in counts
        if count
    ]
    said += [f"{skipped:,} skipped"] if skipped else []
    said += [f"{unchanged:,} unchanged"] if unchanged or not said else []
    return ", ".join(said)


def _object(plan: Plan) -> dict[str, Any]:
    words = ("create", "update", "remove", "unchanged", "skip")
    return {
        "dry_run": plan.dry_run,
        "pending": plan.dry_run and plan.pending,
        "changes": [_change(item) for item in plan.changes if item.change != "unchanged"],
        "unchanged": [item.name for item in plan.named("unchanged")],
        "summary": {word: len(plan.named(word)) for word in words},
    }


def _change(item: PlannedChange) -> dict[str, Any]:
    return {
        "change": item.change,
        "name": item.name,
        "catalog_key": item.catalog_key,
        "changed_fields": [field_object(change) for change in item.fields],
    }
