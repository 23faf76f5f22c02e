"""Installing, changing, removing and restoring connectors."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlmodel import Session

from connectors_cli import edits, filling, records
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.catalog_rows import catalog_id
from connectors_cli.edits import Edits, Status, validate_config
from connectors_cli.errors import Conflict, ConnectorsError
from connectors_cli.names import check_name, check_tags
from connectors_cli.results import Batch, Change, Failure
from connectors_cli.tables import Connector
from connectors_cli.workspace import Workspace

OnExisting = Literal["fail", "update", "keep"]


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
            done = edits.apply(session, ws, existing, _edits_of(wanted), commit)
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


def update_connector(ws: Workspace, name: str, wanted: Edits, *, commit: bool = True) -> Change:
    """Change a connector in place; every field that is not named stays.

    Raises NotFound, Conflict (version moved on, new name taken), InvalidInput, KeyProblem.
    """
    details: dict[str, Any] = {}
    needs = wanted.touches_sealed
    with ws.change(
        Action.CONNECTOR_UPDATE, name, details, commit=commit, needs_key=needs
    ) as session:
        row = records.find(session, ws, name)
        done = edits.apply(session, ws, row, wanted, commit)
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
        edits.touch(ws, row)
        shown = records.shown(session, ws, row.id)
    return Change("restored", shown["name"], shown, (), not commit)


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


def _event_details(done: Change) -> dict[str, Any]:
    noted = {"change": done.change, "fields": [change.field for change in done.fields]}
    shown = done.connector
    return {**noted, "id": shown["id"], "version": shown["version"]} if shown else noted
