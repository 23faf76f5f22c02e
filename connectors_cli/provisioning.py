"""From a file of connectors to what a store is to hold: read, planned, shown, asked, done."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors_cli import confirming, intake, manifests, markup, passphrases, private_file, render
from connectors_cli.context import Run, is_terminal
from connectors_cli.declarations import Declarations, Surroundings, declare
from connectors_cli.envelope import new_envelope
from connectors_cli.errors import UsageError
from connectors_cli.manifests import Manifest
from connectors_cli.orders import OnConflict, Order
from connectors_cli.results import Chunks, Document, Plan
from connectors_cli.services import exports, transfer, types

_ON_CONFLICT: dict[str, OnConflict] = {
    "fail": "fail",
    "skip": "skip",
    "overwrite": "update",
    "rename": "rename",
}
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a file is applied."""

    prune: bool = False
    dry_run: bool = False
    exit_code: bool = False
    allow_plain: bool = False
    passphrase: str | None = None


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is exported, and how."""

    names: tuple[str, ...] = ()
    secrets: str = "omit"
    to: str | None = None
    form: str | None = None
    passphrase: str | None = None


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How a file is imported."""

    on_conflict: str = "fail"
    dry_run: bool = False
    passphrase: str | None = None


def apply(run: Run, source: str, options: ApplyOptions) -> Plan:
    """Make the store as a file has it; somebody at a terminal sees the plan and is asked first."""
    if options.exit_code and not options.dry_run:
        raise UsageError("--exit-code goes with --dry-run")
    found = manifests.read(source)
    surroundings = _surroundings(run, found, options.passphrase, allow_plain=options.allow_plain)
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
    confirming.confirm(run, "Change this?")
    return replace(_carry_out(run, order, commit=True, expected=plan), brief=True)


def _carry_out(run: Run, order: Order, *, commit: bool, expected: Plan | None) -> Plan:
    steps = len(order.declared) * (2 if commit else 1)
    with render.progress(run, "Applying" if commit else "Planning", steps) as advance:
        plan = transfer.apply_connectors(
            run.workspace(), order, commit=commit, expected=expected, advance=advance
        )
    if expected is None:
        _tell_of_types(run, order, plan)
    return plan


def _tell_of_types(run: Run, order: Order, plan: Plan) -> None:
    """Say what is to know of new connectors' types that not everybody can use: none is asked.

    Who writes a connector into a file has decided.
    """
    made = {step.catalog_key for step in plan.named("create")}
    entries = {wanted.entry.key: wanted.entry for wanted in order.declared}
    for key in sorted(made & entries.keys()):
        if entries[key].lifecycle != "active":
            run.note(f"note: {entries[key].notice}")


def _order(source: str, declared: Declarations, *, prune: bool = False) -> Order:
    return Order(
        declared=declared.connectors,
        source="standard input" if source == "-" else _as_text(source),
        problems=declared.problems,
        prune=frozenset(declared.owners) if prune else frozenset(),
        unread=frozenset(declared.unread),
    )


def _as_text(path: str) -> str:
    """Return a path as text, also one whose bytes are none."""
    return path.encode("utf-8", "backslashreplace").decode()


def export(run: Run, options: ExportOptions) -> Chunks | Document:
    """Export connectors to a file, or to standard output as they come."""
    form = _format(run, options)
    db = run.existing_reader()
    if options.secrets == "plain":
        _check_plain(run, options)
    envelope = None
    if options.secrets == "sealed":
        envelope = new_envelope(passphrases.new_passphrase(run, options.passphrase))
    elif options.passphrase is not None:
        raise UsageError("--passphrase goes with --secrets sealed")
    choice = exports.Choice(options.names, exports.SECRETS[options.secrets], envelope)
    found = exports.export_connectors(
        db, run.settings, choice, lambda key: types.find_entry(key, run.reader)
    )
    if options.to is None:
        return Chunks(markup.write(form, found.head, found.items, found.end))
    with render.progress(run, "Exporting", found.total) as advance:
        items = _counted(found.items, advance)
        private_file.write(options.to, markup.write(form, found.head, items, found.end))
    values = {"file": options.to, "connectors": found.total, "secrets": options.secrets}
    return Document("export", {**values, "format": form})


def import_(run: Run, source: str, options: ImportOptions) -> Plan:
    """Add the connectors of a file, all or nothing."""
    if options.on_conflict not in _ON_CONFLICT:
        raise UsageError(
            f"no way to settle a conflict is {options.on_conflict[:20]!r}",
            hint=f"--on-conflict takes {', '.join(_ON_CONFLICT)}",
        )
    found = manifests.read(source)
    surroundings = _surroundings(run, found, options.passphrase, importing=True)
    declared = declare(found, surroundings, None)
    order = replace(_order(source, declared), on_conflict=_ON_CONFLICT[options.on_conflict])
    steps = len(declared.connectors) * 2
    with render.progress(run, "Importing", steps) as advance:
        plan = transfer.import_connectors(
            run.workspace(), order, commit=not options.dry_run, advance=advance
        )
    _tell_of_types(run, order, plan)
    return plan


def _format(run: Run, options: ExportOptions) -> str:
    if options.secrets not in exports.SECRETS:
        raise UsageError(
            f"no way to hold secrets is {options.secrets[:20]!r}",
            hint=f"--secrets takes {', '.join(exports.SECRETS)}",
        )
    ending = (options.to or "").rpartition(".")[2].lower()
    by_name = {"json": "json", "toml": "toml"}.get(ending, "yaml")
    form = options.form or ("json" if run.output in {"json", "jsonl"} else None)
    if form is not None and form not in markup.FORMATS:
        raise UsageError(f"no format {form[:20]!r}", hint=f"one of {', '.join(markup.FORMATS)}")
    return form or by_name


def _check_plain(run: Run, options: ExportOptions) -> None:
    if options.to is None and is_terminal(sys.stdout):
        raise UsageError(
            "this would show credentials on the terminal",
            hint="name a file with --to (it is made for you alone), or use a pipe",
        )
    confirming.confirm(run, "Write credentials as plain text?")


def _counted(items: Iterator[Item], advance: Callable[[int], None]) -> Iterator[Item]:
    for item in items:
        yield item
        advance(1)


def _surroundings(
    run: Run,
    found: Sequence[Manifest],
    passphrase: str | None,
    *,
    allow_plain: bool = False,
    importing: bool = False,
) -> Surroundings:
    return Surroundings(
        find_entry=lambda key: types.find_entry(key, run.reader),
        find_preset=lambda name: intake.find_preset(run, name),
        environ=run.environ,
        tenant=run.settings.tenant,
        allow_plain=allow_plain,
        importing=importing,
        unseal=passphrases.unsealing(run, found, passphrase),
    )
