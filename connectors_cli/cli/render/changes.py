"""Changes to connectors: what a write did, what a plan would do, what validation found."""

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render import machine
from connectors_cli.cli.render.checks import check_line
from connectors_cli.cli.render.errors import error_object, show_error
from connectors_cli.cli.render.lines import write_lines
from connectors_cli.errors import shared_code
from connectors_cli.services.results import (
    Batch,
    Change,
    Failure,
    FieldChange,
    Plan,
    PlannedChange,
    Validation,
    Validations,
)
from connectors_cli.store.read.rows import CHANGE, JSON, Rows, part, pick
from connectors_cli.system.text import as_text, printable, printable_lines

if TYPE_CHECKING:
    from connectors_cli.cli.render.lines import Line


def show_change(change: Change, context: CommandContext) -> int:
    """Show what was done to one connector; return the exit code."""
    return show_batch(Batch((change,)), context, single=True)


def show_batch(batch: Batch, context: CommandContext, *, single: bool = False) -> int:
    """Show what was done to each connector; return the exit code. `single`: one JSON object."""
    failures = [item.error for item in batch.results if isinstance(item, Failure)]
    if context.output in {"json", "jsonl"}:
        _write_objects(batch, context, single=single)
    elif context.output not in {None, "cards"} or context.fields:
        _show_as_rows(batch, context)
    else:
        for item in batch.results:
            _show_item(item, context)
    if not failures:
        return _checked_code(batch)
    return shared_code(failure.exit_code for failure in failures)


def _write_objects(batch: Batch, context: CommandContext, *, single: bool) -> None:
    objects = [_object(item) for item in batch.results]
    if context.fields:
        wanted = pick(CHANGE, context.fields, parts=True)
        objects = [{name: part(found, name) for name, _ in wanted} for found in objects]
    if single or context.output == "jsonl":
        sys.stdout.writelines(json.dumps(found) + "\n" for found in objects)
        return
    failed = sum(isinstance(item, Failure) for item in batch.results)
    summary = {"total": len(objects), "ok": len(objects) - failed, "failed": failed}
    sys.stdout.write(json.dumps({"results": objects, "summary": summary}) + "\n")


def _show_as_rows(batch: Batch, context: CommandContext) -> None:
    """Show the changes as rows, as lists are; failures and notes are on standard error."""
    columns = context.columns("change")
    done = [item for item in batch.results if isinstance(item, Change)]
    cells = (tuple(_cell(_object(item).get(n), kind) for n, kind in columns) for item in done)
    rows = Rows("change", columns, cells)
    if machine.show(rows, context) is None:
        from connectors_cli.cli.render.tables import show_rows  # with Rich

        show_rows(rows, context)
    for item in batch.results:
        if isinstance(item, Failure):
            show_error(item.error, context)
        else:
            _show_notes(item, context)


def _cell(value: Any, kind: str) -> Any:
    return json.dumps(value) if kind == JSON and value is not None else value


def _show_item(item: Change | Failure, context: CommandContext) -> None:
    if isinstance(item, Failure):
        show_error(item.error, context)
        return
    write_lines(_item_lines(item), context, sys.stdout)
    _show_notes(item, context)


def _item_lines(item: Change) -> Iterator["Line"]:
    would = "would be " if item.dry_run else ""
    service = f" ({item.connector['catalog_key']})" if item.connector else ""
    status = f", {item.connector['status']}" if item.connector and item.change != "removed" else ""
    yield ((f"{printable(item.name)}{service}: {would}{item.change}{status}", ""),)
    if item.show_fields:
        yield from map(difference, item.fields)
    if item.check is not None:
        yield check_line(item.check)


def _show_notes(item: Change, context: CommandContext) -> None:
    if item.check is not None and item.check.detail and context.verbose:
        context.note(f"note: the server said: {printable(item.check.detail)}")
    if item.check is not None and item.check.hint:
        context.note(f"hint: {printable_lines(item.check.hint)}")
    for note in item.notes:
        context.note(note)


def _checked_code(batch: Batch) -> int:
    """Return the exit code of the test that followed the change of a single connector."""
    checks = [item.check for item in batch.results if isinstance(item, Change) and item.check]
    return checks[0].exit_code if len(checks) == 1 else 0


def difference(change: FieldChange) -> "Line":
    """Return a line with a field before and after; of a new field, only its value."""

    def side(value: Any) -> str:
        if value in (None, "", [], {}):
            return "(none)"
        return "(secret)" if change.secret else printable_lines(as_text(value))

    is_changed = bool(change.secret and change.before and change.after)
    after = ("(secret, changed)" if is_changed else side(change.after), "green")
    if change.source:
        after = (f"{printable(change.source)}, unknown until applied", "green")
    field = (f"  {printable(change.field)}: ", "")
    if change.before is None:
        return (field, after)
    return (field, (side(change.before), "red"), (" → ", ""), after)


def _object(item: Change | Failure) -> dict[str, Any]:
    if isinstance(item, Failure):
        return {"name": item.name, "change": None, "error": error_object(item.error)}
    fields = [field_object(change) for change in item.fields]
    checked = {} if item.check is None else {"check": item.check.as_object()}
    return {
        **(item.connector or {"name": item.name}),
        "change": item.change,
        "dry_run": item.dry_run,
        "changed_fields": fields,
        "notes": list(item.notes),
        **checked,
    }


def field_object(change: FieldChange) -> dict[str, Any]:
    """Return the JSON object of a field's change; the values of a secret are null."""
    source = {"source": change.source} if change.source else {}
    return {
        "field": change.field,
        "secret": change.secret,
        "before": None if change.secret else change.before,
        "after": None if change.secret else change.after,
        **source,
    }


def show_validations(found: Validations, context: CommandContext) -> int:
    """Show what validation found; return 3 if anything is invalid."""
    errors = sum(report.error_count for report in found.reports)
    if context.output in {"json", "jsonl"}:
        objects = [report.as_object() for report in found.reports]
        summary = {"total": len(objects), "error_count": errors}
        whole = objects[0] if found.single else {"results": objects, "summary": summary}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 3 if errors else 0
    for report in found.reports:
        write_lines(_validation_lines(report), context, sys.stdout)
    return 3 if errors else 0


def _validation_lines(report: Validation) -> Iterator["Line"]:
    word = "ok" if not report.error_count else f"{report.error_count} problem(s)"
    kind = f" ({report.catalog_key})" if report.catalog_key else ""
    yield ((f"{printable(report.name)}{kind}: {word}", ""),)
    for item in report.fields:
        field = f"{printable(item.field)}: " if item.field else ""
        yield from (((f"  {field}{printable_lines(text)}", ""),) for text in item.errors)


MOST = 100
"""At most this many connectors of a group are shown to people; programs get all."""
_GROUPS = (
    ("create", "+", "green"),
    ("update", "~", "yellow"),
    ("remove", "-", "red"),
)
_PAST = {"create": "created", "update": "updated", "remove": "removed"}


def show_plan(plan: Plan, context: CommandContext) -> int:
    """Show a plan on standard output; return its exit code."""
    if context.output in {"json", "jsonl"}:
        sys.stdout.write(json.dumps(_plan_object(plan)) + "\n")  # dump is three times as slow
        return plan.exit_code
    _show(plan, context, sys.stdout, brief=plan.brief)
    return plan.exit_code


def preview(plan: Plan, context: CommandContext) -> None:
    """Show a plan on standard error, before the person is asked to confirm."""
    _show(plan, context, sys.stderr, brief=False)


def _show(plan: Plan, context: CommandContext, stream: TextIO, *, brief: bool) -> None:
    lines = [] if brief else list(_lines(plan))
    write_lines([*lines, ((_summary(plan), ""),)], context, stream)


def _lines(plan: Plan) -> Iterator["Line"]:
    for word, sign, style in _GROUPS:
        found = plan.named(word)
        if found:
            yield ((f"{word} {len(found):,}", "bold"),)
        for item in found[:MOST]:
            yield ((f"  {sign} {printable(item.name)} ({item.catalog_key})", style),)
            yield from ((("    ", ""), *difference(change)) for change in item.fields)
            yield from (((f"      {printable_lines(note)}", ""),) for note in item.notes)
        if len(found) > MOST:
            yield ((f"  ... and {len(found) - MOST:,} more; --json lists all", "dim"),)


def _summary(plan: Plan) -> str:
    unknown = sum(item.is_unknown for item in plan.changes)
    counts = [
        (word, len(plan.named(word)) - (unknown if word == "update" else 0))
        for word, _, _ in _GROUPS
    ]
    unchanged, skipped = len(plan.named("unchanged")), len(plan.named("skip"))
    texts = [
        f"{count:,} {f'to {word}' if plan.dry_run else _PAST[word]}"
        for word, count in counts
        if count
    ]
    texts += [f"{unknown:,} unknown until applied"] if unknown else []
    texts += [f"{skipped:,} skipped"] if skipped else []
    texts += [f"{unchanged:,} unchanged"] if unchanged or not texts else []
    return ", ".join(texts)


def _plan_object(plan: Plan) -> dict[str, Any]:
    words = ("create", "update", "remove", "unchanged", "skip")
    sources = {"sources": list(plan.sources)} if plan.sources else {}
    return {
        "dry_run": plan.dry_run,
        "pending": plan.dry_run and plan.pending,
        "changes": [_change(item) for item in plan.changes if item.change != "unchanged"],
        "unchanged": [item.name for item in plan.named("unchanged")],
        "summary": {word: len(plan.named(word)) for word in words},
        **sources,
    }


def _change(item: PlannedChange) -> dict[str, Any]:
    return {
        "change": item.change,
        "name": item.name,
        "catalog_key": item.catalog_key,
        "changed_fields": [field_object(change) for change in item.fields],
        **({"notes": list(item.notes)} if item.notes else {}),
    }
