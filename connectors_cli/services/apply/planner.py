"""The planner: orders for connectors, compared with the store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import InvalidInput, Problem, Tampered
from connectors_cli.services.apply import rows
from connectors_cli.services.apply.plan import (
    Current,
    Declared,
    Step,
    create_step,
    owner_of,
    refuse,
    update_step,
)
from connectors_cli.services.apply.rows import RowWriter
from connectors_cli.services.names import (
    OWNER,
    check_credential,
    check_name,
    check_new_name,
    check_tags,
)
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database
from connectors_cli.store.write.catalog import catalog_id
from connectors_cli.system.confusables import looks
from connectors_cli.system.record import replace

OnConflict = Literal["update", "fail", "skip", "rename"]
Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """The desired connectors, problems found in reading them, and what to do about others.

    With `mixed` new names may mix scripts.
    """

    declared: Sequence[Declared]
    source: str = "connectors"
    problems: Sequence[Problem] = ()
    on_conflict: OnConflict = "update"
    prune: frozenset[str] = frozenset()
    unread: frozenset[tuple[int, str]] = field(default=frozenset())
    mixed: bool = False


class _MismatchError(Exception):
    """A connector that cannot be created or updated as declared."""

    def __init__(self, path: tuple[str, ...], rule: str, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(path, rule, message)


class OrderCheck:
    """The check of an order by itself, without the store."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._types: dict[str, PreparedType] = {}
        self._problems = list(order.problems)
        self._here: dict[str, Declared] = {}

    def run(self) -> None:
        """Raise all problems as one error."""
        for number, item in enumerate(self._order.declared):
            self._fit(number, item)
        refuse(self._problems, self._order.source)

    def kind(self, entry: Entry) -> PreparedType:
        """Return a type prepared for many connectors."""
        if entry.key not in self._types:
            self._types[entry.key] = PreparedType(entry)
        return self._types[entry.key]

    def _fit(self, number: int, item: Declared) -> Declared | None:
        """Return a connector with checked name, tags and defaults; None after noting problems."""
        before = len(self._problems)
        name = self._checked_name(item)
        tags = item.tags
        if tags is not None:
            tags = tuple(self._try(item, ("tags",), partial(check_tags, existing=tags), tags))
        config, auth, found = self.kind(item.entry).complete(item.config, item.auth)
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
        others = [self._here.setdefault(key, item) for key in looks(name)]
        other = next((one for one in others if one is not item), None)
        if other is not None:
            text = f"is declared twice: it looks like {other.name!r}"
            self._note(item, Problem(("name",), "name", text))
        return name

    def _try(
        self, item: Declared, path: tuple[str, ...], check: Callable[[Any], Any], value: Any
    ) -> Any:
        """Return the result of a check; after a failure note it and return the value."""
        try:
            return check(value)
        except InvalidInput as error:
            self._note(item, Problem(path, path[0], error.message))
            return value

    def _note(self, item: Declared, problem: Problem) -> None:
        self._problems.append(item.locate(problem))


class Planner(OrderCheck):
    """Plans one order against the store, within a transaction."""

    def __init__(self, ws: Workspace, db: Database, order: Order) -> None:
        super().__init__(order)
        self._ws = ws
        self._db = db
        self.writer = RowWriter(ws, db)
        self._current: dict[str, Current] = {}
        self._taken: dict[str, str] = {}

    def steps(self, advance: Advance) -> list[Step]:
        """Return every step; raises all problems as one error."""
        wanted = [fit for n, item in enumerate(self._order.declared) if (fit := self._fit(n, item))]
        names = [item.name for item in wanted]
        self._current = rows.live_named(self._db, self._ws.tenant, names)
        self._look_up(names)
        steps = []
        for done, item in enumerate(wanted, 1):
            try:
                steps.append(self._step(item))
            except _MismatchError as mismatch:
                self._note(item, mismatch.problem)
            if done % rows.BLOCK == 0:
                advance(rows.BLOCK)
        refuse(self._problems, self._order.source)
        return [*steps, *self._pruned(set(names))]

    def flow(self, entry: Entry) -> frozenset[str]:
        """Return the fields of a type that a sign-in fills."""
        return self.kind(entry).flow

    def _step(self, item: Declared) -> Step:
        clash = self._clash(item.name)
        if clash is None:
            return self._create(item)
        if self._order.on_conflict == "skip":
            return Step("skip", item.name, item.entry.key, (), item)
        if self._order.on_conflict == "rename":
            return self._create(replace(item, name=self._free_name(item.name)))
        if self._order.on_conflict == "fail":
            raise _MismatchError(("name",), "conflict", "is taken")
        if clash != item.name:
            raise _MismatchError(("name",), "conflict", f"looks like {clash!r}, which exists")
        return self._update(item, self._current[item.name])

    def _create(self, item: Declared) -> Step:
        try:
            check_new_name(item.name, mixed=self._order.mixed)
            check_tags(tag for tag in item.tags or () if not tag.startswith(OWNER))
        except InvalidInput as error:
            raise _MismatchError(("name",), "name", error.message) from None
        self._taken.update(dict.fromkeys(looks(item.name), item.name))
        return create_step(item)

    def _update(self, item: Declared, current: Current) -> Step:
        if current.catalog_id != catalog_id(item.entry, self._ws.tenant):
            kind = self.writer.type_key(current.catalog_id)
            raise _MismatchError(("type",), "conflict", f"the existing connector is of type {kind}")
        try:
            check_tags(item.tags or (), existing=(*current.tags, OWNER + (item.owner or "")))
        except InvalidInput as error:
            raise _MismatchError(("tags",), "tags", error.message) from None
        owner = owner_of(current.tags)
        if item.owner and owner not in {None, item.owner}:
            text = f"belongs to another file, with owner {owner!r}"
            raise _MismatchError((), "conflict", text)
        try:
            self.writer.check(current)
        except Tampered as error:
            raise _MismatchError((), "tampered", error.message) from None
        return update_step(item, current, self.kind(item.entry), self.writer.fingerprint)

    def _pruned(self, named: set[str]) -> Iterator[Step]:
        tags = frozenset(OWNER + label for label in self._order.prune)
        owned = rows.live_tagged(self._db, self._ws.tenant, tags) if tags else ()
        for current in owned:
            if current.name not in named:
                self.writer.check(current)
                key = self.writer.type_key(current.catalog_id)
                yield Step("remove", current.name, key, (), None, current)

    def _look_up(self, names: Sequence[str]) -> None:
        """Find which of these names are taken, unless another of the order took them."""
        found = rows.look_alikes(self._db, self._ws.tenant, names)
        self._taken = found | self._taken

    def _clash(self, name: str) -> str | None:
        """Return the existing name that is this one or looks like it."""
        if name in self._current:
            return name
        return next((self._taken[key] for key in looks(name) if key in self._taken), None)

    def _free_name(self, name: str) -> str:
        number = 2
        while self._looked_up(f"{name}-{number}") is not None:
            number += 1
        return f"{name}-{number}"

    def _looked_up(self, name: str) -> str | None:
        """Return what a name clashes with that the order does not contain."""
        self._look_up([name])
        return self._clash(name)
