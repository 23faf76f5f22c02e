"""What a write did, one connector or many, and what validation found."""

import json
import sys
from typing import Any

from rich.text import Text

from connectors_cli.context import Run
from connectors_cli.errors import shared_code
from connectors_cli.render.checks import check_line
from connectors_cli.render.console import as_text, clean, console_for
from connectors_cli.render.failures import error, error_object
from connectors_cli.results import Batch, Change, Failure, FieldChange, Validations


def show_batch(batch: Batch, run: Run, *, single: bool = False) -> int:
    failures = [item.error for item in batch.results if isinstance(item, Failure)]
    if run.output in {"json", "jsonl"}:
        objects = [_object(item) for item in batch.results]
        done = len(objects) - len(failures)
        summary = {"total": len(objects), "ok": done, "failed": len(failures)}
        whole = objects[0] if single else {"results": objects, "summary": summary}
        sys.stdout.write(json.dumps(whole) + "\n")
    else:
        for item in batch.results:
            _show_item(item, run)
    if not failures:
        return _checked_code(batch)
    if len(failures) < len(batch.results):
        return 1
    return shared_code(failure.exit_code for failure in failures)


def _show_item(item: Change | Failure, run: Run) -> None:
    if isinstance(item, Failure):
        error(item.error, run)
        return
    would = "would be " if item.dry_run else ""
    service = f" ({item.connector['catalog_key']})" if item.connector else ""
    status = f", {item.connector['status']}" if item.connector and item.change != "removed" else ""
    console = console_for(run, sys.stdout)
    sentence = f"{clean(item.name)}{service}: {would}{item.change}{status}"
    console.print(Text(sentence), soft_wrap=True)
    if item.show_fields:
        for change in item.fields:
            console.print(difference(change), soft_wrap=True)
    if item.check is not None:
        console.print(check_line(item.check), soft_wrap=True)
        if item.check.hint:
            run.note(f"hint: {clean(item.check.hint)}")
    for note in item.notes:
        run.note(note)


def _checked_code(batch: Batch) -> int:
    """Return what the test of a connector that was written ends the program with."""
    checks = [item.check for item in batch.results if isinstance(item, Change) and item.check]
    return checks[0].exit_code if len(checks) == 1 else 0


def difference(change: FieldChange) -> Text:
    """Return one field before and after, as a line."""

    def side(value: Any) -> str:
        if value is None:
            return "(none)"
        return "(secret)" if change.secret else clean(as_text(value))

    after = "(secret, changed)" if change.secret and change.before and change.after else None
    return Text.assemble(
        f"  {clean(change.field)}: ",
        (side(change.before), "red"),
        " → ",
        (after or side(change.after), "green"),
    )


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
    """Return a field's change as its JSON object; a secret's values are null."""
    return {
        "field": change.field,
        "secret": change.secret,
        "before": None if change.secret else change.before,
        "after": None if change.secret else change.after,
    }


def show_validations(found: Validations, run: Run) -> int:
    errors = sum(report.error_count for report in found.reports)
    if run.output in {"json", "jsonl"}:
        objects = [report.as_object() for report in found.reports]
        summary = {"total": len(objects), "error_count": errors}
        whole = objects[0] if found.single else {"results": objects, "summary": summary}
        sys.stdout.write(json.dumps(whole) + "\n")
        return 3 if errors else 0
    console = console_for(run, sys.stdout)
    for report in found.reports:
        word = "ok" if not report.error_count else f"{report.error_count} problem(s)"
        kind = f" ({report.catalog_key})" if report.catalog_key else ""
        console.print(Text(f"{clean(report.name)}{kind}: {word}"))
        for item in report.fields:
            field = f"{clean(item.field)}: " if item.field else ""
            for message in item.errors:
                console.print(Text(f"  {field}{clean(message)}"), soft_wrap=True)
    return 3 if errors else 0
