"""Sets of connectors from a file: what would change, and the change, all or nothing."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlmodel import Session

from connectors_cli import batches
from connectors_cli.access import Action
from connectors_cli.batches import Sealer
from connectors_cli.catalog import Entry
from connectors_cli.catalog_rows import catalog_id
from connectors_cli.errors import (
    Conflict,
    InvalidInput,
    Problem,
    Tampered,
)
from connectors_cli.fitting import Fitting
from connectors_cli.names import check_credential, check_name, check_tags, fold
from connectors_cli.planning import (
    OWNER,
    Current,
    Declared,
    Step,
    creating,
    events,
    owner_of,
    refuse,
    updating,
)
from connectors_cli.results import Plan, PlannedChange
from connectors_cli.workspace import Workspace

OnConflict = Literal["update", "fail", "skip", "rename"]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be there: connectors, what was wrong in reading them, and what to do beside."""

    declared: Sequence[Declared]
    source: str = "connectors"
    problems: Sequence[Problem] = ()
    on_conflict: OnConflict = "update"
    prune: frozenset[str] = frozenset()
    unread: frozenset[tuple[int, str]] = field(default=frozenset())


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
        planner = _Planner(ws, session, order)
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
            made = planner.write(steps, advance)
            ws.record_each(session, events(steps, made))
    return plan


class _MisfitError(Exception):
    """A connector that cannot be made as it is wanted."""

    def __init__(self, path: tuple[str, ...], rule: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(path, rule, message)


class _Planner:
    """Plans one order against the store within its transaction, and writes the plan."""

    def __init__(self, ws: Workspace, session: Session, order: Order) -> None:
        self._ws = ws
        self._session = session
        self._order = order
        self._sealer = Sealer(ws, session)
        self._types: dict[str, Fitting] = {}
        self._problems = list(order.problems)
        self._current: dict[str, Current] = {}
        self._taken: dict[str, str] = {}
        self._here: dict[str, Declared] = {}

    def steps(self, advance: Advance) -> list[Step]:
        """Return every step; raises with all problems at once."""
        wanted = [fit for n, item in enumerate(self._order.declared) if (fit := self._fit(n, item))]
        names = [item.name for item in wanted]
        self._current = batches.live_named(self._session, self._ws.tenant, names)
        self._taken = batches.live_names(self._session, self._ws.tenant)
        steps = []
        for count, item in enumerate(wanted, 1):
            try:
                steps.append(self._step(item))
            except _MisfitError as misfit:
                self._note(item, misfit.problem)
            if count % batches.BLOCK == 0:
                advance(batches.BLOCK)
        refuse(self._problems, self._order.source)
        return [*steps, *self._pruned(set(names))]

    def write(self, steps: Sequence[Step], advance: Advance) -> dict[str, str]:
        """Write the steps, in blocks; return the ids of new connectors by name."""
        ids = [s.wanted.id for s in steps if s.change == "create" and s.wanted and s.wanted.id]
        used = batches.used_ids(self._session, ids)
        sealer = self._sealer
        made: dict[str, str] = {}
        for block in batches.blocks(s.wanted for s in steps if s.change == "create" and s.wanted):
            rows = [self._new_row(wanted, used) for wanted in block]
            sealer.insert(rows)
            made |= {row["name"]: row["id"] for row in rows}
            advance(len(block))
        for block in batches.blocks(s for s in steps if s.change == "update"):
            sealer.update([sealer.changed_row(s, self._type(s.wanted.entry).flow) for s in block])
            advance(len(block))
        gone = (s.current for s in steps if s.change == "remove" and s.current)
        for block in batches.blocks(gone):
            sealer.update([sealer.removed_row(current) for current in block])
        return made

    def _new_row(self, wanted: Declared, used: set[str]) -> dict[str, Any]:
        free = wanted.id if wanted.id and wanted.id not in used else None
        if free:
            used.add(free)
        return self._sealer.new_row(wanted, free)

    def _type(self, entry: Entry) -> Fitting:
        if entry.key not in self._types:
            self._types[entry.key] = Fitting(entry)
        return self._types[entry.key]

    def _fit(self, number: int, item: Declared) -> Declared | None:
        """Return a connector with its name, tags and defaults in order; else note what is wrong."""
        before = len(self._problems)
        name = self._checked_name(item)
        tags = item.tags
        if tags is not None:
            tags = tuple(self._try(item, ("tags",), check_tags, tags))
        config, auth, found = self._type(item.entry).fit(item)
        for credential in auth:
            self._try(item, ("auth",), check_credential, credential)
        for problem in found:
            field_name = str(problem.path[1]) if len(problem.path) > 1 else ""
            if not {(number, field_name), (number, "*")} & self._order.unread:
                self._note(item, problem)
        if len(self._problems) != before:
            return None
        if (name, tags, config, auth) == (item.name, item.tags, item.config, item.auth):
            return item
        return replace(item, name=name, tags=tags, config=config, auth=auth)

    def _checked_name(self, item: Declared) -> str:
        name: str = self._try(item, ("name",), check_name, item.name)
        other = self._here.setdefault(fold(name), item)
        if other is not item:
            text = f"stands twice: {other.name!r} is the same to people"
            self._note(item, Problem(("name",), "name", text))
        return name

    def _try(
        self, item: Declared, path: tuple[str, ...], check: Callable[[Any], Any], value: Any
    ) -> Any:
        """Return what a check returns; else note why not, and return the value."""
        try:
            return check(value)
        except InvalidInput as error:
            self._note(item, Problem(path, path[0], error.message))
            return value

    def _step(self, item: Declared) -> Step:
        clash = self._taken.get(fold(item.name))
        if clash is None:
            return self._create(item)
        if self._order.on_conflict == "skip":
            return Step("skip", item.name, item.entry.key, (), item)
        if self._order.on_conflict == "rename":
            return self._create(replace(item, name=self._free_name(item.name)))
        if self._order.on_conflict == "fail":
            raise _MisfitError(("name",), "conflict", "is taken")
        if clash != item.name:
            raise _MisfitError(("name",), "conflict", f"reads like {clash!r}, which exists")
        return self._update(item, self._current[item.name])

    def _create(self, item: Declared) -> Step:
        self._taken[fold(item.name)] = item.name
        return creating(item)

    def _update(self, item: Declared, current: Current) -> Step:
        if current.catalog_id != catalog_id(item.entry.key):
            kind = self._sealer.type_key(current.catalog_id)
            raise _MisfitError(("type",), "conflict", f"the one that exists is of type {kind}")
        owner = owner_of(current.tags)
        if item.owner and owner not in {None, item.owner}:
            text = f"is kept by another file, whose owner is {owner!r}"
            raise _MisfitError((), "conflict", text)
        try:
            self._sealer.check(current)
        except Tampered as error:
            raise _MisfitError((), "tampered", error.message) from None
        return updating(item, current, self._type(item.entry).flow, self._sealer.fingerprint)

    def _pruned(self, named: set[str]) -> Iterator[Step]:
        tags = frozenset(OWNER + label for label in self._order.prune)
        owned = batches.live_tagged(self._session, self._ws.tenant, tags) if tags else ()
        for current in owned:
            if current.name not in named:
                key = self._sealer.type_key(current.catalog_id)
                yield Step("remove", current.name, key, (), None, current)

    def _free_name(self, name: str) -> str:
        number = 2
        while fold(f"{name}-{number}") in self._taken:
            number += 1
        return f"{name}-{number}"

    def _note(self, item: Declared, problem: Problem) -> None:
        self._problems.append(item.locate(problem))
