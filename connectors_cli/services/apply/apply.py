"""Applying a file of connectors: its plan, and the change, all or nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict
from connectors_cli.services.apply import rows as apply_rows
from connectors_cli.services.apply.plan import Declared, Step, events, is_as_shown
from connectors_cli.services.apply.planner import Advance, Order, OrderCheck, Planner
from connectors_cli.services.apply.rows import BLOCK
from connectors_cli.services.results import Plan, PlannedChange
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import batched

_WRITE_NOTHING = frozenset({"unchanged", "skip"})


def apply_connectors(
    ws: Workspace,
    order: Order,
    *,
    commit: bool = True,
    expected: Plan | None = None,
    advance: Advance = lambda _: None,
) -> Plan:
    """Create and update connectors as a file declares them, in one transaction.

    Raises, and then nothing is changed:
        InvalidInput: has every problem of every connector.
        Conflict: another file owns a connector, or the plan is no longer the `expected` one.
        KeyProblem: a key is missing.
        Tampered: a connector was changed outside connectors.
    """
    return _carry_out(ws, Action.CONNECTOR_APPLY, order, commit, expected, advance)


def check_permission(ws: Workspace, action: Action, source: str) -> None:
    """Check that the user may apply or import, before anything that a file names is read."""
    with ws.permitted(action, source):
        pass


def check_order(ws: Workspace, action: Action, order: Order, *, commit: bool) -> None:
    """Check what a file declares, while its sources are not read; raises every problem as one.

    A failure is recorded if the order was to be carried out.
    """
    if not commit:
        OrderCheck(order).run()
        return
    with ws.permitted(action, order.source):
        OrderCheck(order).run()


def import_connectors(
    ws: Workspace, order: Order, *, commit: bool = True, advance: Advance = lambda _: None
) -> Plan:
    """Add the connectors of an export, all or nothing, with their ids where these are free.

    Raises what `apply_connectors` raises, and Conflict for existing names with `fail`.
    """
    return _carry_out(ws, Action.CONNECTOR_IMPORT, order, commit, None, advance)


def _carry_out(
    ws: Workspace,
    action: Action,
    order: Order,
    commit: bool,
    expected: Plan | None,
    advance: Advance,
) -> Plan:
    details: dict[str, Any] = {}
    with ws.change(
        action, order.source, details, commit=commit, needs_key=True, reading=True
    ) as db:
        planner = Planner(ws, db, order)
        steps = planner.steps(advance)
        if commit and any(step.change not in _WRITE_NOTHING for step in steps) and not db.lock():
            ws.require(db, action)
            planner = Planner(ws, db, order)  # others wrote meanwhile: from now on they wait
            steps = planner.steps(lambda _: None)
        plan = Plan(
            tuple(PlannedChange(s.change, s.name, s.catalog_key, s.fields, s.notes) for s in steps),
            dry_run=not commit,
        )
        if expected is not None and not is_as_shown(expected, plan):
            raise Conflict(
                "the connectors changed since the plan was shown; nothing was changed",
                hint="run the command again and review the new plan",
            )
        details |= Counter(step.change for step in steps)
        if commit:
            unread = [step.name for step in steps if any(f.source for f in step.fields)]
            assert not unread, f"sources of {unread} were not read"  # noqa: S101
            made = _write(db, planner, steps, advance)
            ws.record_each(db, events(steps, made, planner.writer.revisions))
    return plan


def _write(
    db: Database, planner: Planner, steps: Sequence[Step], advance: Advance
) -> dict[str, str]:
    """Write the steps in blocks; return the ids of new connectors by name."""
    writer = planner.writer
    new = [step.wanted for step in steps if step.change == "create" and step.wanted]
    used = apply_rows.used_ids(db, [wanted.id for wanted in new if wanted.id])
    made: dict[str, str] = {}
    for block in batched(new, BLOCK):
        rows = [_new_row(planner, wanted, used) for wanted in block]
        writer.insert(rows)
        made |= {row["name"]: row["id"] for row in rows}
        advance(len(block))
    for block in batched((s for s in steps if s.change == "update"), BLOCK):
        writer.update([writer.changed_row(s, planner.kind(s.wanted.entry)) for s in block])
        advance(len(block))
    gone = (step.current for step in steps if step.change == "remove" and step.current)
    for block in batched(gone, BLOCK):
        writer.remove([writer.removed_row(current) for current in block])
    return made


def _new_row(planner: Planner, wanted: Declared, used: set[str]) -> dict[str, Any]:
    free = wanted.id if wanted.id and wanted.id not in used else None
    if free:
        used.add(free)
    return planner.writer.new_row(wanted, free, planner.kind(wanted.entry))
