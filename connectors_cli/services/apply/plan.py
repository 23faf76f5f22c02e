"""The plan from current to desired connectors: create, update, remove. Pure; keeps no values."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors_cli.audit.roles import Action
from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.sign_in import status_of
from connectors_cli.documents.sources import read_of
from connectors_cli.errors import (
    Conflict,
    ConnectorsError,
    InvalidInput,
    Problem,
    Tampered,
    in_file,
)
from connectors_cli.services import hints
from connectors_cli.services.apply.manifest import Place
from connectors_cli.services.names import OWNER
from connectors_cli.services.prepared_type import PreparedType
from connectors_cli.services.results import FieldChange, Plan, PlannedChange, with_source
from connectors_cli.system.record import replace
from connectors_cli.vault.seal import canonical_json

Word = Literal["create", "update", "remove", "unchanged", "skip"]
_EVENTS = {
    "create": Action.CONNECTOR_INSTALL,
    "update": Action.CONNECTOR_UPDATE,
    "remove": Action.CONNECTOR_REMOVE,
}
_PAST = {"create": "installed", "update": "updated", "remove": "removed"}
_FAILURES: dict[str, type[ConnectorsError]] = {"conflict": Conflict, "tampered": Tampered}
# (connector id, key id, field, value) -> the value's keyed fingerprint
Fingerprint = Callable[[str, str, str, Any], str]


@dataclass(frozen=True, slots=True)
class Declared:
    """A connector as a file declares it, references resolved; None leaves a value unchanged."""

    entry: Entry
    name: str
    config: dict[str, Any]
    auth: dict[str, Any] = field(repr=False)
    tags: tuple[str, ...] | None = None
    status: str | None = None
    owner: str | None = None
    id: str | None = None
    auth_expires_at: str | None = None
    place: Place | None = None

    def locate(self, problem: Problem) -> Problem:
        """Return a problem of this connector with its place in the file, if known."""
        if self.place is None:
            return Problem((self.name, *problem.path), problem.rule, problem.message)
        return self.place.locate(problem, self.name)


@dataclass(frozen=True, slots=True)
class Current:
    """A connector in the store, with fingerprints of its credentials."""

    id: str
    name: str
    catalog_id: str
    status: str
    config: dict[str, Any]
    auth: dict[str, str] = field(repr=False)
    auth_fingerprints: dict[str, str]
    auth_mac: str
    key_id: str
    tags: list[str]
    version: int
    auth_expires_at: str | None = None
    stored: dict[str, Any] = field(default_factory=dict, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: the change, the connector, and the fields that differ."""

    change: Word
    name: str
    catalog_key: str
    fields: tuple[FieldChange, ...] = ()
    wanted: Declared | None = None
    current: Current | None = None
    kept: frozenset[str] = frozenset()
    """The fields that a sign-in filled and that stay although the file does not name them."""
    notes: tuple[str, ...] = ()


def create_step(wanted: Declared) -> Step:
    """Return the step that creates a connector."""
    wanted = _activated(wanted, wanted.auth)
    config = [
        with_source(FieldChange(name, None, value), value) for name, value in wanted.config.items()
    ]
    auth = [
        with_source(FieldChange(name, None, True, secret=True), value)
        for name, value in wanted.auth.items()
    ]
    tags = tags_of(wanted, ())
    labels = [FieldChange("tags", None, tags)] if tags else []
    status = [FieldChange("status", None, wanted.status or "inactive")]
    fields = (*config, *auth, *labels, *status)
    return Step("create", wanted.name, wanted.entry.key, fields, wanted)


def update_step(
    wanted: Declared, current: Current, kind: PreparedType, fingerprint: Fingerprint
) -> Step:
    """Return the step that updates a connector, or leaves an equal one unchanged.

    Values that the file does not name are removed, except those that a sign-in fills; if the
    credentials would be sent to another host, these are removed as well.
    """
    before, after = _origins(wanted, current, kind)
    moves = not set(after) <= set(before)
    flow = frozenset() if moves else kind.flow
    gone = tuple(f for f in current.auth if f in kind.flow - flow and f not in wanted.auth)
    if gone and current.status == "active":
        wanted = replace(wanted, status="error")  # as after signing out
    wanted = _activated(wanted, {*wanted.auth, *(flow & set(current.auth))})
    config = kept(current.config, wanted.config, flow)
    secrets = _secret_changes(wanted, current, flow, fingerprint)
    fields = [*_open_changes(current.config, config), *secrets]
    tags = tags_of(wanted, current.tags)
    if tags != current.tags:
        fields.append(FieldChange("tags", current.tags, tags))
    if wanted.status is not None and wanted.status != current.status:
        fields.append(FieldChange("status", current.status, wanted.status))
    change: Word = "update" if fields else "unchanged"
    notes = tuple(_host_notes(wanted, kind, gone, after)) if moves else ()
    return Step(change, current.name, wanted.entry.key, tuple(fields), wanted, current, flow, notes)


def _activated(wanted: Declared, held: Iterable[str]) -> Declared:
    """Return a connector with the status that it has with these credentials."""
    if wanted.status is None:
        return wanted
    return replace(wanted, status=status_of(wanted.entry, held, wanted.status))


def _origins(
    wanted: Declared, current: Current, kind: PreparedType
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return where credentials are sent now and afterwards; both empty if nothing changes it."""
    deciding = kind.addresses.fields
    if all(wanted.config.get(f) == current.config.get(f) for f in deciding - kind.flow):
        return (), ()
    return kind.addresses.origins(current.config), kind.addresses.origins(read_of(wanted.config))


def _host_notes(
    wanted: Declared, kind: PreparedType, gone: tuple[str, ...], origins: tuple[str, ...]
) -> Iterator[str]:
    if gone:
        yield hints.dropped_tokens(wanted.name, origins, gone)
    typed = [f for f in wanted.auth if f not in kind.public and f not in kind.flow]
    if typed:
        yield hints.new_host(wanted.name, origins, typed)


def kept(
    before: Mapping[str, Any], after: Mapping[str, Any], flow: frozenset[str]
) -> dict[str, Any]:
    """Return the wanted values plus those that a sign-in filled and the file does not name."""
    if not flow:
        return dict(after)
    return {**{f: v for f, v in before.items() if f in flow}, **after}


def tags_of(wanted: Declared, current: Iterable[str]) -> list[str]:
    """Return a connector's new tags: the file's, else the current ones, and its owner's."""
    tags = list(current if wanted.tags is None else wanted.tags)
    own = [OWNER + wanted.owner] if wanted.owner else []
    return tags if own and own[0] in tags else [*tags, *own]


def owner_of(tags: Iterable[str]) -> str | None:
    """Return the owner's label from the tags; None without one."""
    return next((tag[len(OWNER) :] for tag in tags if tag.startswith(OWNER)), None)


def events(
    steps: Iterable[Step], made: Mapping[str, str], revisions: Mapping[str, int]
) -> Iterator[tuple[Action, str, dict[str, Any]]]:
    """Yield an event for each step that changes something, with names of fields, no values.

    `made` has the ids of new connectors by name, `revisions` the rows' new revisions by id.
    """
    for step in steps:
        if step.change in _EVENTS:
            names = [change.field for change in step.fields]
            row_id = step.current.id if step.current else made[step.name]
            noted: dict[str, Any] = {"id": row_id, "type": step.catalog_key, "fields": names}
            noted["change"] = _PAST[step.change]
            noted["revision"] = revisions[row_id]
            if step.change != "remove":
                noted["version"] = step.current.version + 1 if step.current else 1
            yield _EVENTS[step.change], step.name, noted


def is_as_shown(shown: Plan, now: Plan) -> bool:
    """Return whether a plan is the one that was shown, whose unread values are known by now."""
    if len(shown.changes) != len(now.changes):
        return False
    return all(map(_is_as_shown, shown.changes, now.changes))


def _is_as_shown(shown: PlannedChange, now: PlannedChange) -> bool:
    unread = {change.field for change in shown.fields if change.source}
    if not unread:
        return shown == now
    same = shown.change == now.change or (shown.is_unknown and now.change == "unchanged")
    return (
        same
        and (shown.name, shown.catalog_key) == (now.name, now.catalog_key)
        and _known(shown, unread) == _known(now, unread)
    )


def _known(change: PlannedChange, unread: set[str]) -> list[FieldChange]:
    return [item for item in change.fields if item.field not in unread]


def refuse(problems: Iterable[Problem], source: str) -> None:
    """Raise all problems as one error: InvalidInput, or Conflict or Tampered if all are."""
    found = tuple(sorted(problems, key=in_file))
    if not found:
        return
    rules = {problem.rule for problem in found}
    kind = _FAILURES.get(rules.pop(), InvalidInput) if len(rules) == 1 else InvalidInput
    many = f"{len(found)} problems in {source}; nothing was changed"
    raise kind(found[0].sentence if len(found) == 1 else many, details=found)


def _open_changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    if before == after and canonical_json(before) == canonical_json(after):  # True == 1 in Python
        return []
    return [
        with_source(FieldChange(f, before.get(f), after.get(f)), after.get(f))
        for f in dict.fromkeys((*before, *after))
        if (f in before) != (f in after) or canonical_json(before[f]) != canonical_json(after[f])
    ]


def _secret_changes(
    wanted: Declared, current: Current, flow: frozenset[str], fingerprint: Fingerprint
) -> list[FieldChange]:
    there = current.auth
    changed = [
        name
        for name, value in wanted.auth.items()
        if name not in there
        or current.auth_fingerprints.get(name)
        != fingerprint(current.id, current.key_id, name, value)
    ]
    gone = [name for name in there if name not in wanted.auth and name not in flow]
    return [
        with_source(
            FieldChange(f, f in there or None, f in wanted.auth or None, secret=True),
            wanted.auth.get(f),
        )
        for f in (*changed, *gone)
    ]
