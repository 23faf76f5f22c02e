"""A store put back from a backup: what both hold is told first, and somebody asked."""

from collections.abc import Iterator
from typing import Any

from connectors_cli import confirming
from connectors_cli.context import Run
from connectors_cli.holdings import Holdings
from connectors_cli.results import Document
from connectors_cli.services import restorations


def restore(run: Run, source: str, *, dry_run: bool) -> Document:
    """Put a backup in the store's place once somebody said yes; with `dry_run` only compare."""
    found = restorations.examine(run.settings, source)
    if dry_run:
        shown = _in_words if run.row_output in {"cards", "table"} else Holdings.as_object
        values = {
            "backup": shown(found.held),
            "store": shown(found.present) if found.present else None,
            "problem": found.problem,
            "not_member_of": list(found.not_member_of),
        }
        return Document("restore", values, ("nothing was done",))
    run.note(f"the backup holds {_in_words(found.held)}")
    if found.present is not None:
        run.note(f"the store holds {_in_words(found.present)}")
    else:
        run.note(f"nothing is read from the store: {found.problem}")
    for tenant in found.not_member_of:
        run.note(f"you are no member of its tenant {tenant}: only its owners can add you")
    confirming.confirm(run, f"Replace the store {run.settings.shown_store} with it?")
    done = restorations.restore(run.settings, found)
    return Document("restore", done, tuple(_notes(done)))


def _in_words(held: Holdings) -> str:
    tenants = ", ".join(
        f"{t.tenant} (connectors: {t.connectors}, removed: {t.removed})" for t in held.tenants
    )
    return f"{tenants or 'no tenant'}; newest event: {held.newest_event or 'none'}"


def _notes(done: dict[str, Any]) -> Iterator[str]:
    for missing in done["missing_keys"]:
        yield f"tenant {missing['tenant']} needs the key {missing['key']}: {missing['reason']}"
