"""Installing, changing, removing and restoring connectors."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlmodel import Session

from connectors_cli import filling, records
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.errors import Conflict, ConnectorsError, InvalidInput
from connectors_cli.forms.validation import problems
from connectors_cli.names import check_name, check_tags
from connectors_cli.results import Batch, Change, Failure, FieldChange
from connectors_cli.tables import Connector
from connectors_cli.workspace import Workspace, catalog_id

OnExisting = Literal["fail", "update", "keep"]
Status = Literal["active", "inactive"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A connector to install: every value it is to have.

    `given` names the values that were given rather than filled in from defaults, all without:
    those alone change a connector that is there already. With `signs_in` it may lack what signing
    in fills: that is to follow.
    """

    type: str
    name: str
    config: Mapping[str, Any]
    auth: Mapping[str, Any] = field(repr=False)
    tags: tuple[str, ...] = ()
    status: Status = "inactive"
    given: frozenset[str] | None = None
    signs_in: bool = False


@dataclass(frozen=True, slots=True)
class Edits:
    """What to change of a connector; None and empty leave things as they are."""

    config: Mapping[str, Any] = field(default_factory=dict)
    auth: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unset: tuple[str, ...] = ()
    rename: str | None = None
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    status: Status | None = None
    if_version: int | None = None

    @property
    def touches_sealed(self) -> bool:
        """Whether the change is under the row's seal, and so needs the key."""
        return bool(self.config or self.auth or self.unset or self.rename)


@dataclass(frozen=True, slots=True)
class Current:
    """A connector as an edit finds it, its credentials open."""

    entry: Entry
    version: int
    config: dict[str, Any]
    auth: dict[str, Any] = field(repr=False)


def type_of(ws: Workspace, name: str) -> Entry:
    """Return the type of a connector; NotFound."""
    with ws.permitted(Action.CONNECTOR_UPDATE, name) as session:
        return ws.entry(session, records.type_key(session, records.find(session, ws, name)))


def current_values(ws: Workspace, name: str) -> Current:
    """Return a connector's values for editing; NotFound, KeyProblem, Tampered."""
    ws.fetch_keys()
    with ws.permitted(Action.CONNECTOR_UPDATE, name) as session:
        row = records.find(session, ws, name)
        entry = ws.entry(session, records.type_key(session, row))
        auth = records.open_connector(ws, session, row)
        return Current(entry, row.version, dict(row.config), auth)


def install_connector(
    ws: Workspace, wanted: Wanted, *, on_existing: OnExisting = "fail", commit: bool = True
) -> Change:
    """Install a connector; with a name that is there: fail, update it, or keep it as it is.

    Raises InvalidInput (with every problem), Conflict, NotFound (type, tenant), KeyProblem.
    """
    name = check_name(wanted.name)
    details: dict[str, Any] = {"type": wanted.type}
    with ws.change(
        Action.CONNECTOR_INSTALL, name, details, commit=commit, needs_key=True
    ) as session:
        entry = ws.entry(session, wanted.type)
        existing = records.find_live(session, ws, name)
        if existing is None:
            records.check_free(session, ws, name)
            row = _new_row(session, ws, entry, wanted, name)
            done = Change("installed", name, records.shown(session, ws, row.id), (), not commit)
        elif on_existing == "fail":
            raise Conflict(
                f"{name!r} is taken",
                hint="choose another --name, or add --upsert or --if-not-exists",
            )
        elif existing.catalog_id != catalog_id(entry.key):
            raise Conflict(f"{name!r} is of another type", hint="choose another --name")
        elif on_existing == "keep":
            done = Change(
                "unchanged", name, records.shown(session, ws, existing.id), (), not commit
            )
        else:
            done = _apply(session, ws, existing, _edits_of(wanted), commit)
        details |= _event_details(done)
    return done


def _edits_of(wanted: Wanted) -> Edits:
    """Return what a connector that is there has to change to be what was asked for."""

    def given(values: Mapping[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in values.items() if wanted.given is None or n in wanted.given}

    return Edits(
        config=given(wanted.config),
        auth=given(wanted.auth),
        tag=wanted.tags,
        status="active" if wanted.status == "active" else None,
    )


def update_connector(ws: Workspace, name: str, edits: Edits, *, commit: bool = True) -> Change:
    """Change a connector in place; every field that is not named stays.

    Raises NotFound, Conflict (version moved on, new name taken), InvalidInput, KeyProblem.
    """
    details: dict[str, Any] = {}
    needs = edits.touches_sealed
    with ws.change(
        Action.CONNECTOR_UPDATE, name, details, commit=commit, needs_key=needs
    ) as session:
        done = _apply(session, ws, records.find(session, ws, name), edits, commit)
        details |= _event_details(done)
    return done


def delete_connector(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Remove a connector so that it can be restored; its name is free at once."""
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_REMOVE, name, details, commit=commit) as session:
        row = records.find(session, ws, name, whole=False)
        details["id"] = row.id
        shown = records.shown(session, ws, row.id)
        row.deleted_at = datetime.now(UTC)
        row.deleted_by_email, row.deleted_by_name = ws.actor.email, ws.actor.name
    return Change("removed", shown["name"], shown, (), not commit)


def restore_connector(
    ws: Workspace, name: str, *, rename: str | None = None, commit: bool = True
) -> Change:
    """Bring back the connector that was removed last under this name, or by its id.

    Raises NotFound, Conflict when its name is taken meanwhile, KeyProblem for a new name.
    """
    needs = rename is not None
    details: dict[str, Any] = {}
    with ws.change(
        Action.CONNECTOR_RESTORE, name, details, commit=commit, needs_key=needs
    ) as session:
        row = records.find_removed(session, ws, name)[0]
        details["id"] = row.id
        wanted = check_name(rename) if rename else row.name
        if records.find_live(session, ws, wanted) is not None:
            raise Conflict(f"{wanted!r} is taken", hint="restore it with --rename NAME")
        records.check_free(session, ws, wanted)
        if wanted != row.name:
            vault = ws.vault(session, row.key_id)
            vault.check_row(records.sealed(session, row))
            row.name = wanted
            row.auth_mac = vault.row_mac(records.sealed(session, row))
        row.deleted_at = row.deleted_by_email = row.deleted_by_name = None
        _touch(ws, row)
        shown = records.shown(session, ws, row.id)
    return Change("restored", row.name, shown, (), not commit)


def purge_connector(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Erase a connector for good: the one of this name, else every removed one of it."""
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_PURGE, name, details, commit=commit) as session:
        row = records.find_live(session, ws, name, whole=False)
        doomed = [row] if row else records.find_removed(session, ws, name)
        details["id"] = doomed[0].id
        for row in doomed:
            session.delete(row)
        more = ((Action.CONNECTOR_PURGE, name, {"id": row.id}) for row in doomed[1:])
        ws.record_each(session, more)
    if commit:
        ws.store.checkpoint()
    return Change("purged", name, None, (), not commit)


def each(ws: Workspace, names: Iterable[str], act: Callable[..., Change], *, commit: bool) -> Batch:
    """Do one thing to each of several connectors; what fails does not stop the others."""
    results: list[Change | Failure] = []
    for name in dict.fromkeys(names):
        try:
            results.append(act(ws, name, commit=commit))
        except ConnectorsError as error:
            results.append(Failure(name, error))
    return Batch(tuple(results))


def validate_config(entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any]) -> None:
    """Raise InvalidInput with every problem of a connector's values; no value is in it."""
    found = (
        *problems(entry.config_schema, dict(config)),
        *problems(entry.auth_schema, dict(auth)),
    )
    if found:
        first = found[0]
        where = f"{first.dotted}: " if first.path else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InvalidInput(
            f"{where}{first.message}{more}",
            hint=f"see `connectors catalog show {entry.key}`",
            details=found,
        )


def _new_row(session: Session, ws: Workspace, entry: Entry, wanted: Wanted, name: str) -> Connector:
    due = filling.before_sign_in(entry) if wanted.signs_in else entry
    validate_config(due, wanted.config, wanted.auth)
    vault = ws.vault(session)
    moment = datetime.now(UTC)
    email, person = ws.actor.email, ws.actor.name
    row = Connector(
        id=str(uuid.uuid4()),
        tenant_id=ws.tenant,
        catalog_id=catalog_id(entry.key),
        name=name,
        status=wanted.status,
        config=dict(wanted.config),
        auth={},
        auth_fingerprints={},
        auth_mac="",
        key_id=vault.key.id,
        tags=check_tags(wanted.tags),
        version=1,
        created_by_email=email,
        created_by_name=person,
        created_at=moment,
        updated_by_email=email,
        updated_by_name=person,
        updated_at=moment,
    )
    records.seal(row, vault, wanted.auth)
    row.auth_mac = vault.row_mac(records.sealed(session, row))
    session.add(row)
    session.flush()
    return row


def _apply(session: Session, ws: Workspace, row: Connector, edits: Edits, commit: bool) -> Change:
    if edits.if_version is not None and edits.if_version != row.version:
        raise Conflict(
            f"{row.name!r} is at version {row.version}, not {edits.if_version}: it was changed"
            " meanwhile",
            hint=f"look at it with `connectors show {row.name}` and try again",
        )
    name = row.name
    changes: list[FieldChange] = []
    if edits.touches_sealed:
        changes += _apply_sealed(session, ws, row, edits)
    changes += _apply_open(row, edits)
    if changes:
        _touch(ws, row)
    word = "updated" if changes else "unchanged"
    return Change(word, name, records.shown(session, ws, row.id), tuple(changes), not commit)


def _apply_open(row: Connector, edits: Edits) -> list[FieldChange]:
    changes = []
    tags = [tag for tag in check_tags((*row.tags, *edits.tag)) if tag not in edits.untag]
    if tags != row.tags:
        changes.append(FieldChange("tags", row.tags, tags))
        row.tags = tags
    if edits.status is not None and edits.status != row.status:
        changes.append(FieldChange("status", row.status, edits.status))
        row.status = edits.status
    return changes


def _apply_sealed(
    session: Session, ws: Workspace, row: Connector, edits: Edits
) -> list[FieldChange]:
    vault = ws.vault(session, row.key_id)
    auth = vault.open_row(records.sealed(session, row))
    entry = ws.entry(session, records.type_key(session, row))
    changes = []
    if edits.rename is not None and (name := check_name(edits.rename)) != row.name:
        records.check_free(session, ws, name, row.id)
        changes.append(FieldChange("name", row.name, name))
        row.name = name
    unknown = [f for f in edits.unset if f not in row.config and f not in auth]
    if unknown:
        raise InvalidInput(f"{unknown[0]}: is not set", hint=f"see `connectors show {row.name}`")
    config = _without({**row.config, **edits.config}, edits.unset)
    wanted = _without({**auth, **edits.auth}, edits.unset)
    if "access_token" in edits.auth and filling.EXPIRY not in edits.auth:
        wanted, row.auth_expires_at = _without(wanted, (filling.EXPIRY,)), None
    due = filling.before_sign_in(entry) if filling.needs_sign_in(entry, auth) else entry
    validate_config(due, config, wanted)
    changes += _config_changes(row.config, config)
    row.config = config
    before = dict(row.auth_fingerprints)
    if wanted != auth:
        records.seal(row, vault, wanted, keep=auth)
    changes += _secret_changes(before, row.auth_fingerprints)
    row.auth_mac = vault.row_mac(records.sealed(session, row))
    return changes


def _config_changes(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    return [
        FieldChange(f, before.get(f), after.get(f))
        for f in dict.fromkeys((*before, *after))
        if before.get(f) != after.get(f) or (f in before) != (f in after)
    ]


def _secret_changes(before: dict[str, str], after: dict[str, str]) -> list[FieldChange]:
    return [
        FieldChange(f, f in before or None, f in after or None, secret=True)
        for f in dict.fromkeys((*before, *after))
        if before.get(f) != after.get(f)
    ]


def _touch(ws: Workspace, row: Connector) -> None:
    row.version += 1
    row.updated_at = datetime.now(UTC)
    row.updated_by_email, row.updated_by_name = ws.actor.email, ws.actor.name


def _without(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in set(names)}


def _event_details(done: Change) -> dict[str, Any]:
    noted = {"change": done.change, "fields": [change.field for change in done.fields]}
    shown = done.connector
    return {**noted, "id": shown["id"], "version": shown["version"]} if shown else noted
