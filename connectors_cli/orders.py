"""Orders for sets of connectors, planned against what the store has."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sqlmodel import Session

from connectors_cli import batches
from connectors_cli.batches import Sealer
from connectors_cli.catalog import Entry
from connectors_cli.catalog_rows import catalog_id
from connectors_cli.errors import InvalidInput, Problem, Tampered
from connectors_cli.fitting import Fitting
from connectors_cli.names import check_credential, check_name, check_tags, fold
from connectors_cli.planning import (
    OWNER,
    Current,
    Declared,
    Step,
    creating,
    owner_of,
    refuse,
    updating,
)
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


class _MisfitError(Exception):
    """A connector that cannot be made as it is wanted."""

    def __init__(self, path: tuple[str, ...], rule: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(path, rule, message)


class Planner:
    """Plans one order against the store within its transaction."""

    def __init__(self, ws: Workspace, session: Session, order: Order) -> None:
        self._ws = ws
        self._session = session
        self._order = order
        self.sealer = Sealer(ws, session)
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

    def flow(self, entry: Entry) -> frozenset[str]:
        """Return the credentials of a type that signing in fills."""
        return self._type(entry).flow

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
            kind = self.sealer.type_key(current.catalog_id)
            raise _MisfitError(("type",), "conflict", f"the one that exists is of type {kind}")
        owner = owner_of(current.tags)
        if item.owner and owner not in {None, item.owner}:
            text = f"is kept by another file, whose owner is {owner!r}"
            raise _MisfitError((), "conflict", text)
        try:
            self.sealer.check(current)
        except Tampered as error:
            raise _MisfitError((), "tampered", error.message) from None
        return updating(item, current, self.flow(item.entry), self.sealer.fingerprint)

    def _pruned(self, named: set[str]) -> Iterator[Step]:
        tags = frozenset(OWNER + label for label in self._order.prune)
        owned = batches.live_tagged(self._session, self._ws.tenant, tags) if tags else ()
        for current in owned:
            if current.name not in named:
                key = self.sealer.type_key(current.catalog_id)
                yield Step("remove", current.name, key, (), None, current)

    def _free_name(self, name: str) -> str:
        number = 2
        while fold(f"{name}-{number}") in self._taken:
            number += 1
        return f"{name}-{number}"

    def _note(self, item: Declared, problem: Problem) -> None:
        self._problems.append(item.locate(problem))
