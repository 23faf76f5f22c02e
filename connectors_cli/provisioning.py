"""From a file of connectors to what a store is to hold: read, planned, shown, asked, done."""

from dataclasses import dataclass, replace

from connectors_cli import intake, manifests, reader, render
from connectors_cli.context import Run
from connectors_cli.declarations import Declarations, Surroundings, declare
from connectors_cli.errors import UsageError
from connectors_cli.results import Plan
from connectors_cli.services import transfer, types
from connectors_cli.services.transfer import Order


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a file is applied."""

    prune: bool = False
    dry_run: bool = False
    exit_code: bool = False
    allow_plain: bool = False
    passphrase: str | None = None


def apply(run: Run, source: str, options: ApplyOptions) -> Plan:
    """Make the store as a file has it; somebody at a terminal sees the plan and is asked first."""
    if options.exit_code and not options.dry_run:
        raise UsageError("--exit-code goes with --dry-run")
    found = manifests.read(source)
    surroundings = _surroundings(run, allow_plain=options.allow_plain)
    declared = declare(found, surroundings, manifests.label_of(source))
    if options.prune and not declared.owners:
        raise UsageError(
            f"--prune removes what carries the file's owner label, and {source} has none",
            hint="write `owner: LABEL` in it",
        )
    order = _order(source, declared, prune=options.prune)
    if options.dry_run:
        plan = _carry_out(run, order, commit=False, expected=None)
        code = 10 if options.exit_code and plan.pending else 0
        return replace(plan, exit_code=code)
    return _asked(run, order)


def _asked(run: Run, order: Order) -> Plan:
    """Apply an order; at a terminal the plan comes first, and then a question."""
    if run.yes or not run.interactive:
        return _carry_out(run, order, commit=True, expected=None)
    plan = _carry_out(run, order, commit=False, expected=None)
    if not plan.pending:
        return replace(plan, dry_run=False)
    render.preview(plan, run)
    intake.confirm(run, "Change this?")
    return replace(_carry_out(run, order, commit=True, expected=plan), brief=True)


def _carry_out(run: Run, order: Order, *, commit: bool, expected: Plan | None) -> Plan:
    steps = len(order.declared) * (2 if commit else 1)
    with render.progress(run, "Applying" if commit else "Planning", steps) as advance:
        return transfer.apply_connectors(
            run.workspace(), order, commit=commit, expected=expected, advance=advance
        )


def _order(source: str, declared: Declarations, *, prune: bool = False) -> Order:
    return Order(
        declared=declared.connectors,
        source="standard input" if source == "-" else source,
        problems=declared.problems,
        prune=frozenset(declared.owners) if prune else frozenset(),
        unread=frozenset(declared.unread),
    )


def _surroundings(run: Run, *, allow_plain: bool) -> Surroundings:
    def find_preset(name: str) -> tuple[str, dict[str, object]]:
        db = run.reader()
        if db is None:
            raise reader.no_preset(name)
        return reader.preset(db, run.settings.tenant, name)

    return Surroundings(
        find_entry=lambda key: types.find_entry(key, run.reader),
        find_preset=find_preset,
        environ=run.environ,
        tenant=run.settings.tenant,
        allow_plain=allow_plain,
    )
