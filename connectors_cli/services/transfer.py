"""Sets of connectors from a file: what would change, and the change, all or nothing."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from connectors_cli import batches
from connectors_cli.access import Action
from connectors_cli.batches import Sealer
from connectors_cli.errors import Conflict
from connectors_cli.orders import Advance, Order, Planner
from connectors_cli.planning import Declared, Step, events
from connectors_cli.results import Plan, PlannedChange
from connectors_cli.workspace import Workspace


def apply_connectors(
    ws: Workspace,
    order: Order,
    *,
    commit: bool = True,
    expected: Plan | None = None,
    advance: Advance = lambda _: None,
) -> Plan:
    """Make the store as a file has it, in one transaction; what is so already is left alone.

    Raises InvalidInput with every problem of every connector, Conflict (owned by another file, or
    not what `expected` was any more), KeyProblem, Tampered; then nothing is changed.
    """
    return _carry_out(ws, Action.CONNECTOR_APPLY, order, commit, expected, advance)


def import_connectors(
    ws: Workspace, order: Order, *, commit: bool = True, advance: Advance = lambda _: None
) -> Plan:
    """Add the connectors of an export, all or nothing; ids are kept where they are free.

    Raises what `apply_connectors` raises; Conflict for names that are there with `fail`.
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
    with ws.change(action, order.source, details, commit=commit, needs_key=True) as session:
        planner = Planner(ws, session, order)
        steps = planner.steps(advance)
        plan = Plan(
            tuple(PlannedChange(s.change, s.name, s.catalog_key, s.fields) for s in steps),
            dry_run=not commit,
        )
        if expected is not None and expected.changes != plan.changes:
            raise Conflict(
                "the connectors were changed since the plan was shown: nothing was changed",
                hint="run it again and look at the new plan",
            )
        details |= Counter(step.change for step in steps)
        if commit:
            made = _write(session, planner, steps, advance)
            ws.record_each(session, events(steps, made))
    return plan


def _write(
    session: Session, planner: Planner, steps: Sequence[Step], advance: Advance
) -> dict[str, str]:
    """Write the steps, in blocks; return the ids of new connectors by name."""
    sealer = planner.sealer
    new = [step.wanted for step in steps if step.change == "create" and step.wanted]
    used = batches.used_ids(session, [wanted.id for wanted in new if wanted.id])
    made: dict[str, str] = {}
    for block in batches.blocks(new):
        rows = [_new_row(sealer, wanted, used) for wanted in block]
        sealer.insert(rows)
        made |= {row["name"]: row["id"] for row in rows}
        advance(len(block))
    for block in batches.blocks(step for step in steps if step.change == "update"):
        sealer.update([sealer.changed_row(s, planner.flow(s.wanted.entry)) for s in block])
        advance(len(block))
    gone = (step.current for step in steps if step.change == "remove" and step.current)
    for block in batches.blocks(gone):
        sealer.update([sealer.removed_row(current) for current in block])
    return made


def _new_row(sealer: Sealer, wanted: Declared, used: set[str]) -> dict[str, Any]:
    free = wanted.id if wanted.id and wanted.id not in used else None
    if free:
        used.add(free)
    return sealer.new_row(wanted, free)
