"""What leads from the connectors that are there to those that are wanted: pure, no values kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.errors import (
    Conflict,
    ConnectorsError,
    InvalidInput,
    Problem,
    Tampered,
    in_file,
)
from connectors_cli.manifests import Place
from connectors_cli.results import FieldChange
from connectors_cli.vault import canonical

OWNER = "owner:"
"""What the tag begins with that says which file a connector is kept by."""
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
    """A connector as a file has it, every reference read; None leaves what is there."""

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
        """Return a problem of this connector with its place, as far as that is known."""
        if self.place is None:
            return Problem((self.name, *problem.path), problem.rule, problem.message)
        return self.place.locate(problem, self.name)


@dataclass(frozen=True, slots=True)
class Current:
    """A connector as the store has it: credentials as fingerprints."""

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
    auth_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: which change, of what, and the fields that differ."""

    change: Word
    name: str
    catalog_key: str
    fields: tuple[FieldChange, ...] = ()
    wanted: Declared | None = None
    current: Current | None = None


def creating(wanted: Declared) -> Step:
    """Return the step that makes a connector."""
    config = [FieldChange(name, None, value) for name, value in wanted.config.items()]
    auth = [FieldChange(name, None, True, secret=True) for name in wanted.auth]
    tags = tags_of(wanted, ())
    labels = [FieldChange("tags", None, tags)] if tags else []
    status = [FieldChange("status", None, wanted.status or "inactive")]
    fields = (*config, *auth, *labels, *status)
    return Step("create", wanted.name, wanted.entry.key, fields, wanted)


def updating(
    wanted: Declared, current: Current, flow: frozenset[str], fingerprint: Fingerprint
) -> Step:
    """Return the step that makes a connector as it is wanted, or leaves it as it is.

    The file is the whole truth: what it does not name goes, but for what signing in fills.
    """
    config = kept(current.config, wanted.config, flow)
    fields = [
        *_open_changes(current.config, config),
        *_secret_changes(wanted, current, flow, fingerprint),
    ]
    tags = tags_of(wanted, current.tags)
    if tags != current.tags:
        fields.append(FieldChange("tags", current.tags, tags))
    if wanted.status is not None and wanted.status != current.status:
        fields.append(FieldChange("status", current.status, wanted.status))
    change: Word = "update" if fields else "unchanged"
    return Step(change, current.name, wanted.entry.key, tuple(fields), wanted, current)


def kept(
    before: Mapping[str, Any], after: Mapping[str, Any], flow: frozenset[str]
) -> dict[str, Any]:
    """Return what is wanted, with what signing in filled and the file does not name."""
    if not flow:
        return dict(after)
    return {**{f: v for f, v in before.items() if f in flow}, **after}


def tags_of(wanted: Declared, current: Iterable[str]) -> list[str]:
    """Return the tags a connector is to have: the file's, or those there, and its owner's."""
    tags = list(current if wanted.tags is None else wanted.tags)
    own = [OWNER + wanted.owner] if wanted.owner else []
    return tags if own and own[0] in tags else [*tags, *own]


def owner_of(tags: Iterable[str]) -> str | None:
    """Return the owner's label among tags."""
    return next((tag[len(OWNER) :] for tag in tags if tag.startswith(OWNER)), None)


def events(
    steps: Iterable[Step], made: Mapping[str, str]
) -> Iterator[tuple[Action, str, dict[str, Any]]]:
    """Yield an event for each step that changes something: names of fields, no values.

    `made` has the ids of new connectors by name.
    """
    for step in steps:
        if step.change in _EVENTS:
            names = [change.field for change in step.fields]
            row_id = step.current.id if step.current else made[step.name]
            noted: dict[str, Any] = {"id": row_id, "type": step.catalog_key, "fields": names}
            noted["change"] = _PAST[step.change]
            if step.change != "remove":
                noted["version"] = step.current.version + 1 if step.current else 1
            yield _EVENTS[step.change], step.name, noted


def refuse(problems: Iterable[Problem], source: str) -> None:
    """Raise with all problems at once, if there are any: Conflict when it is nothing else."""
    found = tuple(sorted(problems, key=in_file))
    if not found:
        return
    rules = {problem.rule for problem in found}
    kind = _FAILURES.get(rules.pop(), InvalidInput) if len(rules) == 1 else InvalidInput
    many = f"{len(found)} problems in {source}: nothing was changed"
    raise kind(found[0].sentence if len(found) == 1 else many, details=found)


def _open_changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    if before == after and canonical(before) == canonical(after):  # True == 1 in Python
        return []
    return [
        FieldChange(f, before.get(f), after.get(f))
        for f in dict.fromkeys((*before, *after))
        if (f in before) != (f in after) or canonical(before[f]) != canonical(after[f])
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
        FieldChange(f, f in there or None, f in wanted.auth or None, secret=True)
        for f in (*changed, *gone)
    ]
