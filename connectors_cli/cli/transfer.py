"""`apply` and `import` on the command line: read, plan, show, confirm, write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.cli import confirm
from connectors_cli.cli import passphrase as cli_passphrase
from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.changes import preview
from connectors_cli.cli.render.progress import progress
from connectors_cli.documents.sources import KINDS, Sources, kind_of
from connectors_cli.errors import UsageError
from connectors_cli.services.apply import apply as apply_apply
from connectors_cli.services.apply import manifest
from connectors_cli.services.apply.declarations import DeclarationContext, Declarations, declare
from connectors_cli.services.apply.manifest import Manifest
from connectors_cli.services.apply.planner import OnConflict, Order
from connectors_cli.services.results import Plan
from connectors_cli.store.read.types import find_entry
from connectors_cli.system.record import replace

_IN_PLANS = frozenset({"env"})
"""The sources that a plan reads: it runs no command and opens no file."""
_ON_CONFLICT: dict[str, OnConflict] = {
    "fail": "fail",
    "skip": "skip",
    "overwrite": "update",
    "rename": "rename",
}
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """The options of `apply`."""

    prune: bool = False
    dry_run: bool = False
    exit_code: bool = False
    allow_plain: bool = False
    allow_commands: bool = False
    passphrase: str | None = None
    trust_cost: bool = False


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The options of `import`."""

    on_conflict: str = "fail"
    dry_run: bool = False
    passphrase: str | None = None
    trust_cost: bool = False


def apply(context: CommandContext, source: str, options: ApplyOptions) -> Plan:
    """Apply a file of connectors; on a terminal, after showing the plan and asking."""
    if options.exit_code and not options.dry_run:
        raise UsageError("--exit-code requires --dry-run")
    found = manifest.read(source)
    apply_apply.check_permission(context.workspace(), Action.CONNECTOR_APPLY, _shown(source))
    surroundings = _surroundings(context, found, options)
    label = manifest.label_of(source)
    reading = _Reading(context, source, found, surroundings, label, prune=options.prune)
    if options.prune and not reading.draft.owners:
        raise UsageError(
            f"--prune needs an owner label, which {source} does not contain",
            hint="add `owner: LABEL` to the file",
        )
    reading.check(Action.CONNECTOR_APPLY, commit=not options.dry_run)
    if options.dry_run:
        plan = _planned(context, reading)
        code = 10 if options.exit_code and plan.pending else 0
        return replace(plan, exit_code=code)
    return _asked(context, reading, allow_commands=options.allow_commands)


@dataclass
class _Reading:
    """A file's declarations: a draft with its variables only, then with all that it refers to."""

    context: CommandContext
    source: str
    found: Sequence[Manifest]
    surroundings: DeclarationContext
    label: str | None
    prune: bool = False
    on_conflict: OnConflict = "update"

    def __post_init__(self) -> None:
        self.draft = self._declared(_IN_PLANS)

    @property
    def name(self) -> str:
        """The file in messages and in the log."""
        return _shown(self.source)

    @property
    def sources(self) -> tuple[str, ...]:
        """The commands and files that the file refers to."""
        return tuple(s for s in self.draft.sources if kind_of(s) not in _IN_PLANS)

    def check(self, action: Action, *, commit: bool) -> None:
        """Check the draft, if something is to be read after it."""
        if self.sources:
            ws = self.context.workspace()
            apply_apply.check_order(ws, action, self.drafted(), commit=commit)

    def drafted(self) -> Order:
        """Return the order of the draft, to plan with."""
        return self._order(self.draft)

    def order(self) -> Order:
        """Return the order with every source read, to carry out."""
        return self._order(self._declared(KINDS) if self.sources else self.draft)

    def _declared(self, kinds: frozenset[str]) -> Declarations:
        sources = Sources(self.context.environ, kinds)
        return declare(self.found, replace(self.surroundings, sources=sources), self.label)

    def _order(self, declared: Declarations) -> Order:
        return Order(
            declared=declared.connectors,
            source=self.name,
            problems=declared.problems,
            on_conflict=self.on_conflict,
            prune=frozenset(declared.owners) if self.prune else frozenset(),
            unread=frozenset(declared.unread),
            mixed=self.context.yes,
        )


def _planned(context: CommandContext, reading: _Reading) -> Plan:
    """Return the plan; it runs no command and opens no file that the file names."""
    plan = _carry_out(context, reading.drafted(), commit=False, expected=None)
    return replace(plan, sources=reading.sources)


def _asked(context: CommandContext, reading: _Reading, *, allow_commands: bool) -> Plan:
    """Apply an order; on a terminal, show the plan and ask first."""
    if not confirm.may_ask(context):
        if not allow_commands:
            confirm.check_commands(reading.name, reading.sources)
        return _carry_out(context, reading.order(), commit=True, expected=None)
    plan = _planned(context, reading)
    if not plan.pending:
        return replace(plan, dry_run=False)
    preview(plan, context)
    confirm.show_sources(reading.name, plan.sources)
    confirm.confirm(context, "Apply these changes?", "applying the plan")
    return replace(_carry_out(context, reading.order(), commit=True, expected=plan), brief=True)


def _carry_out(
    context: CommandContext, order: Order, *, commit: bool, expected: Plan | None
) -> Plan:
    steps = len(order.declared) * (2 if commit else 1)
    with progress(context, "Applying" if commit else "Planning", steps) as advance:
        plan = apply_apply.apply_connectors(
            context.workspace(), order, commit=commit, expected=expected, advance=advance
        )
    if expected is None:
        _note_lifecycles(context, order, plan)
    _note_replaced(context, plan)
    return plan


def _note_replaced(context: CommandContext, plan: Plan) -> None:
    """Note it if credentials that were replaced stay while another process reads the store."""
    fields = (field for step in plan.changes for field in step.fields)
    if not plan.dry_run and any(field.secret and field.before for field in fields):
        for note in context.workspace().note_if_read():
            context.note(note)


def _note_lifecycles(context: CommandContext, order: Order, plan: Plan) -> None:
    """Note which types of new connectors are limited or closed; a file needs no confirmation."""
    made = {step.catalog_key for step in plan.named("create")}
    entries = {wanted.entry.key: wanted.entry for wanted in order.declared}
    for key in sorted(made & entries.keys()):
        if entries[key].lifecycle != "active":
            context.note(f"note: {entries[key].notice}")


def _shown(source: str) -> str:
    return "standard input" if source == "-" else _as_text(source)


def _as_text(path: str) -> str:
    """Return a path as text; undecodable bytes are escaped."""
    return path.encode("utf-8", "backslashreplace").decode()


def import_(context: CommandContext, source: str, options: ImportOptions) -> Plan:
    """Add the connectors of a file: all of them or none."""
    if options.on_conflict not in _ON_CONFLICT:
        raise UsageError(
            f"unknown conflict policy {options.on_conflict[:20]!r}",
            hint=f"--on-conflict must be one of {', '.join(_ON_CONFLICT)}",
        )
    found = manifest.read(source)
    apply_apply.check_permission(context.workspace(), Action.CONNECTOR_IMPORT, _shown(source))
    surroundings = _surroundings(context, found, options)
    policy = _ON_CONFLICT[options.on_conflict]
    reading = _Reading(context, source, found, surroundings, None, on_conflict=policy)
    reading.check(Action.CONNECTOR_IMPORT, commit=not options.dry_run)
    order = reading.order()
    steps = len(order.declared) * 2
    with progress(context, "Importing", steps) as advance:
        plan = apply_apply.import_connectors(
            context.workspace(), order, commit=not options.dry_run, advance=advance
        )
    _note_lifecycles(context, order, plan)
    _note_replaced(context, plan)
    return plan


def _surroundings(
    context: CommandContext,
    found: Sequence[Manifest],
    options: ApplyOptions | ImportOptions,
) -> DeclarationContext:
    return DeclarationContext(
        find_entry=lambda key: find_entry(context.reader(), context.settings.tenant, key),
        find_preset=lambda name: _find_preset(context, name),
        sources=Sources(context.environ, ()),
        tenant=context.settings.tenant,
        allow_plain=isinstance(options, ApplyOptions) and options.allow_plain,
        importing=isinstance(options, ImportOptions),
        unseal=cli_passphrase.unsealer(
            context,
            found,
            options.passphrase,
            dry_run=options.dry_run,
            trust_cost=options.trust_cost,
        ),
    )


def _find_preset(context: CommandContext, name: str) -> tuple[str, dict[str, Any]]:
    from connectors_cli.cli.values import install  # loads the forms

    return install.find_preset(context, name)
