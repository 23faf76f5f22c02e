"""Installing, changing, removing and restoring connectors."""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry
from connectors_cli.documents.sources import read_of, unread_fields
from connectors_cli.errors import Conflict, ConnectorsError, InvalidInput
from connectors_cli.services import connector_row
from connectors_cli.services.host_change import HostChange
from connectors_cli.services.names import check_name, check_new_name, check_tags
from connectors_cli.services.opener import NOT_SEALED
from connectors_cli.services.results import Batch, Change, Failure, FieldChange, with_source
from connectors_cli.services.schema_check import check_values
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.store.read.database import Database
from connectors_cli.store.read.rows import value_at
from connectors_cli.store.write import connectors as rows
from connectors_cli.store.write.catalog import catalog_id
from connectors_cli.store.write.connectors import ConnectorRow
from connectors_cli.store.write.transaction import Transaction
from connectors_cli.system import clock
from connectors_cli.system.confusables import look_columns
from connectors_cli.system.identifiers import random_id
from connectors_cli.system.record import Record, field, replace
from connectors_cli.system.text import command_line, composed

Status = Literal["active", "inactive"]
OnExisting = Literal["fail", "update", "keep"]


class Wanted(Record):
    """A connector to install, with all its values.

    `given` names the values that were given, as opposed to defaults (None: all of them); only those
    change an existing connector. With `signs_in` values that a sign-in fills may be missing.
    """

    type: str
    name: str
    config: Mapping[str, Any]
    auth: Mapping[str, Any] = field(shown=False)
    tags: tuple[str, ...] = ()
    status: Status = "inactive"
    given: frozenset[str] | None = None
    signs_in: bool = False
    to_new_host: bool = False
    mixed: bool = False


class Edits(Record):
    """The changes to a connector; None and empty values change nothing."""

    config: Mapping[str, Any] = field(default_factory=dict)
    auth: Mapping[str, Any] = field(default_factory=dict, shown=False)
    unset: tuple[str, ...] = ()
    """Fields, and values inside objects and lists, with dots."""
    parts: frozenset[str] = frozenset()
    """The fields of which only parts are given; the rest of their values is the former one."""
    rename: str | None = None
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    status: Status | None = None
    if_version: int | None = None
    to_new_host: bool = False
    """Whether credentials that are not given again may be sent to another host than before."""
    mixed: bool = False
    """Whether a new name may mix scripts."""

    @property
    def touches_sealed(self) -> bool:
        """Whether the change is of the values or the name, which needs the credentials open."""
        return bool(self.config or self.auth or self.unset or self.rename)

    @property
    def only_deactivates(self) -> bool:
        """Whether a connector is only taken out of use, which works without its key."""
        return self.status == "inactive" and not (self.touches_sealed or self.tag or self.untag)


class Current(Record):
    """A connector's current values, with its credentials, for an edit."""

    entry: Entry
    version: int
    config: dict[str, Any]
    auth: dict[str, Any] = field(shown=False)
    name: str
    status: str
    tags: tuple[str, ...]


def type_of(ws: Workspace, name: str) -> Entry:
    """Return the type of a connector; raises NotFound."""
    with ws.permitted(Action.CONNECTOR_UPDATE, name) as db:
        return ws.entry(db, connector_row.type_key(db, connector_row.find(db, ws, name)))


def current_values(ws: Workspace, name: str) -> Current:
    """Return a connector's values for editing; raises NotFound, KeyProblem, Tampered."""
    ws.fetch_keys()
    with ws.permitted(Action.CONNECTOR_UPDATE, name) as db:
        row = connector_row.find(db, ws, name)
        found = connector_row.open_row(ws, db, row)
        return Current(
            found.entry,
            row.version,
            found.config,
            found.auth,
            row.name,
            row.status,
            tuple(row.tags),
        )


def changes(
    current: Current,
    new_config: dict[str, Any],
    new_auth: dict[str, Any],
    *,
    to_new_host: bool = False,
) -> Edits:
    """Return the edits from current to new values; they fail if the connector changes meanwhile."""
    config, auth = current.config, current.auth
    return Edits(
        config=_differing(config, new_config),
        auth=_differing(auth, new_auth),
        unset=tuple(f for f in (*config, *auth) if f not in new_config and f not in new_auth),
        if_version=current.version,
        to_new_host=to_new_host,
    )


def _differing(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {f: value for f, value in after.items() if f not in before or before[f] != value}


def detail_changes(
    edits: Edits, current: Current, name: str, tags: tuple[str, ...], status: Status | None
) -> Edits:
    """Return edits with another name, other tags and another status, as far as they differ."""
    return replace(
        edits,
        rename=name if name != current.name else None,
        tag=tuple(tag for tag in tags if tag not in current.tags),
        untag=tuple(tag for tag in current.tags if tag not in tags),
        status=status if status != current.status else None,
    )


def validate_config(entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any]) -> None:
    """Raise InvalidInput with every problem of a connector's values, without the values.

    Values that were not read have no problems.
    """
    found = (
        *check_values(entry.config_schema, dict(config)),
        *check_values(entry.auth_schema, dict(auth)),
    ) or tuple(p for _, p in Addresses(entry).problems(read_of(config), read_of(auth)))
    if found:
        first = found[0]
        where = f"{first.dotted}: " if first.path else ""
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise InvalidInput(
            f"{where}{first.message}{more}",
            hint=f"see: {command_line('catalog', 'show', entry.key)}",
            details=found,
        )


def install_connector(
    ws: Workspace, wanted: Wanted, *, on_existing: OnExisting = "fail", commit: bool = True
) -> Change:
    """Install a connector; `on_existing` says what to do if its name exists.

    Raises:
        InvalidInput: values do not match the type; has every problem.
        Conflict: the name is taken.
        NotFound: no such type or tenant.
        KeyProblem: the key is missing.
    """
    name = check_name(wanted.name)
    _check_read(wanted, commit)
    details: dict[str, Any] = {"type": wanted.type}
    with ws.change(Action.CONNECTOR_INSTALL, name, details, commit=commit, needs_key=True) as db:
        entry = ws.entry(db, wanted.type)
        existing = connector_row.find_live(db, ws, name)
        if existing is None:
            check_new_name(name, mixed=wanted.mixed)
            connector_row.check_free(db, ws.tenant, name)
            row = _new_row(db, ws, entry, wanted, name)
            done = Change("installed", name, connector_row.shown(db, ws, row.id), (), not commit)
        elif on_existing == "fail":
            raise Conflict(
                f"{name!r} is taken",
                hint="choose another --name, or add --upsert or --if-not-exists",
            )
        elif existing.catalog_id != catalog_id(entry, ws.tenant):
            raise connector_row.of_another_type(name)
        elif on_existing == "keep":
            done = Change(
                "unchanged", name, connector_row.shown(db, ws, existing.id), (), not commit
            )
        else:
            done = _apply(db, ws, existing, _edits_of(wanted), commit)
        details |= _event_details(done)
    return _with_note(ws, done)


def update_connector(ws: Workspace, name: str, wanted: Edits, *, commit: bool = True) -> Change:
    """Change a connector; fields that are not named are unchanged.

    Raises NotFound, and what `install_connector` raises.
    """
    _check_read(wanted, commit)
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_UPDATE, name, details, commit=commit, needs_key=True) as db:
        row = connector_row.find(db, ws, name)
        done = _apply(db, ws, row, wanted, commit)
        details |= _event_details(done)
    return _with_note(ws, done)


def _with_note(ws: Workspace, done: Change) -> Change:
    """Return a change with a note if the credentials that it replaced stay for now."""
    is_replaced = any(field.secret and field.before for field in done.fields)
    if done.dry_run or not is_replaced:
        return done
    return replace(done, notes=(*done.notes, *ws.note_if_read()))


def delete_connector(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Remove a connector so that it can be restored; its name is free immediately."""
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_REMOVE, name, details, commit=commit, needs_key=True) as db:
        row = connector_row.find_head(db, ws, name)
        details["id"] = row.id
        is_sound = connector_row.is_sound(ws, db, row)
        shown = connector_row.shown(db, ws, row.id)
        rows.remove(db, row, ws.actor.email, ws.actor.name, seal=is_sound)
    return Change("removed", shown["name"], shown, (), not commit)


def restore_connector(
    ws: Workspace,
    name: str,
    *,
    rename: str | None = None,
    mixed: bool = False,
    commit: bool = True,
) -> Change:
    """Restore the last removed connector of this name, or the one with this id.

    Raises:
        NotFound: no such removed connector.
        Conflict: its name is taken.
        KeyProblem, Tampered: its seal cannot be checked or renewed.
    """
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_RESTORE, name, details, commit=commit, needs_key=True) as db:
        row = connector_row.find_removed(db, ws, name)[0]
        details["id"] = row.id
        wanted = check_new_name(rename, mixed=mixed) if rename else row.name
        if connector_row.find_live(db, ws, wanted) is not None:
            raise Conflict(
                f"{wanted!r} is taken", hint="restore it under another name: --rename NAME"
            )
        connector_row.check_free(db, ws.tenant, wanted)
        opener = ws.opener(db)
        opener.check_removed(opener.stored(row.tenant_id, row.id))
        connector_row.rename(row, wanted)
        row.version += 1
        rows.restore(db, row, ws.actor.email, ws.actor.name)
        shown = connector_row.shown(db, ws, row.id)
    return Change("restored", shown["name"], shown, (), not commit)


def purge_connector(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Delete a connector permanently, or all removed ones of this name if none is installed."""
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_PURGE, name, details, commit=commit) as db:
        row = connector_row.find_live_head(db, ws, name)
        found = [row] if row else connector_row.find_removed(db, ws, name)
        details |= {"id": found[0].id, "revision": NOT_SEALED}
        for one in found:
            rows.delete(db, one)
        more = (
            (Action.CONNECTOR_PURGE, name, {"id": one.id, "revision": NOT_SEALED})
            for one in found[1:]
        )
        ws.record_each(db, more)
    notes = ws.empty_log() if commit else ()
    return Change("purged", name, None, (), not commit, notes)


def each(ws: Workspace, names: Iterable[str], act: Callable[..., Change], *, commit: bool) -> Batch:
    """Apply an action to several connectors; a failure does not stop the others."""
    results: list[Change | Failure] = []
    for name in dict.fromkeys(names):
        try:
            results.append(act(ws, name, commit=commit))
        except ConnectorsError as error:
            results.append(Failure(name, error))
    return Batch(tuple(results))


def _new_row(
    db: Transaction, ws: Workspace, entry: Entry, wanted: Wanted, name: str
) -> ConnectorRow:
    due = sign_in.before_sign_in(entry) if wanted.signs_in else entry
    validate_config(due, wanted.config, wanted.auth)
    row = ConnectorRow(
        id=random_id(),
        tenant_id=ws.tenant,
        catalog_id=catalog_id(entry, ws.tenant),
        name=name,
        status=wanted.status,
        version=1,
        **look_columns(name),
        config=dict(wanted.config),
        auth={},
        auth_fingerprints={},
        key_id=active_key_id(db, ws.tenant),
        tags=check_tags(wanted.tags),
        last_check=None,
        auth_expires_at=_expiry(wanted.auth),
        updated_by_email=ws.actor.email,
        updated_by_name=ws.actor.name,
        updated_at=db.now(),
    )
    row.status = sign_in.status_of(entry, wanted.auth, wanted.status)
    connector_row.seal(row, ws.opener(db), wanted.auth)
    rows.add(db, row)
    return row


def _activating(db: Database, ws: Workspace, row: ConnectorRow, edits: Edits) -> Edits:
    """Return edits whose status is that of `sign_in.status_of`."""
    if edits.status != "active":
        return edits
    entry = ws.entry(db, connector_row.type_key(db, row))
    return replace(edits, status=sign_in.status_of(entry, row.auth, edits.status))


def _edits_of(wanted: Wanted) -> Edits:
    """Return the edits that turn an existing connector into the wanted one."""

    def given(values: Mapping[str, Any]) -> dict[str, Any]:
        return {n: v for n, v in values.items() if wanted.given is None or n in wanted.given}

    return Edits(
        config=given(wanted.config),
        auth=given(wanted.auth),
        tag=wanted.tags,
        status="active" if wanted.status == "active" else None,
        to_new_host=wanted.to_new_host,
    )


def _apply(db: Transaction, ws: Workspace, row: ConnectorRow, edits: Edits, commit: bool) -> Change:
    """Apply edits to a connector's row and return the change; other fields are unchanged.

    Raises:
        Conflict: the version differs from `if_version`, or the new name is taken.
        InvalidInput: a value does not match the type.
        KeyProblem: the key is missing.
        Tampered: the row was changed outside connectors.
    """
    if edits.if_version is not None and edits.if_version != row.version:
        raise Conflict(
            f"{row.name!r} is at version {row.version}, not {edits.if_version}: it has changed",
            hint=f"review it and try again: {command_line('show', row.name)}",
        )
    name, before = row.name, replace(row)
    changes: list[FieldChange] = []
    if edits.only_deactivates:
        if not connector_row.is_sound(ws, db, row):
            return _deactivated(db, ws, row, commit)
    elif not edits.touches_sealed:  # what touches it opens the row, which checks it
        connector_row.check_row(ws, db, row)
    notes: tuple[str, ...] = ()
    if edits.touches_sealed:
        changed, notes = _apply_sealed(db, ws, row, edits, commit)
        changes += changed
    changes += _apply_open(row, _activating(db, ws, row, edits))
    if changes:
        _touch(db, ws, row)
    if row != before:
        rows.save(db, row)
    word = "updated" if changes else "unchanged"
    shown = connector_row.shown(db, ws, row.id)
    return Change(word, name, shown, tuple(changes), not commit, notes)


def _deactivated(db: Transaction, ws: Workspace, row: ConnectorRow, commit: bool) -> Change:
    """Deactivate a connector whose seal cannot be checked; its seal stays as it is."""
    changes = _apply_open(row, Edits(status="inactive"))
    if not changes:
        return Change("unchanged", row.name, connector_row.shown(db, ws, row.id))
    _touch(db, ws, row)
    rows.save_status(db, row)
    return Change(
        "updated", row.name, connector_row.shown(db, ws, row.id), tuple(changes), not commit
    )


def _apply_open(row: ConnectorRow, edits: Edits) -> list[FieldChange]:
    changes, untag = [], {composed(tag) for tag in edits.untag}
    tags = [
        tag for tag in check_tags((*row.tags, *edits.tag), existing=row.tags) if tag not in untag
    ]
    if tags != row.tags:
        changes.append(FieldChange("tags", row.tags, tags))
        row.tags = tags
    if edits.status is not None and edits.status != row.status:
        changes.append(FieldChange("status", row.status, edits.status))
        row.status = edits.status
    return changes


def _apply_sealed(
    db: Transaction, ws: Workspace, row: ConnectorRow, edits: Edits, commit: bool
) -> tuple[list[FieldChange], tuple[str, ...]]:
    opener = ws.opener(db)
    found = opener.open(opener.stored(row.tenant_id, row.id))
    entry, auth = found.entry, found.auth
    changes = []
    if edits.rename is not None and (name := check_name(edits.rename)) != row.name:
        check_new_name(name, mixed=edits.mixed)
        connector_row.check_free(db, ws.tenant, name, row.id)
        changes.append(FieldChange("name", row.name, name))
        connector_row.rename(row, name)
    unknown = [f for f in edits.unset if not value_at({**row.config, **auth}, f)[0]]
    if unknown:
        raise InvalidInput(
            f"{unknown[0]} is not set", hint=f"see: {command_line('show', row.name)}"
        )
    config = _without({**row.config, **edits.config}, edits.unset)
    wanted = _without({**auth, **edits.auth}, edits.unset)
    if not edits.auth.keys().isdisjoint(("access_token", sign_in.EXPIRY)):
        if sign_in.EXPIRY not in edits.auth:  # the old expiry is not that of a new token
            wanted = _without(wanted, (sign_in.EXPIRY,))
        row.auth_expires_at = _expiry(wanted)
    move = HostChange(found, config)
    config, wanted = move.without_granted(edits, config, wanted)
    due = sign_in.before_sign_in(entry) if sign_in.needs_sign_in(entry, wanted) else entry
    validate_config(due, config, wanted)
    move.check_typed(edits, wanted, commit=commit)
    changes += _config_changes(row.config, config)
    row.config = config
    before = dict(row.auth_fingerprints)
    if wanted != auth:
        grant = connector_row.Grant(sign_in.granted_fields(entry), move.after)
        connector_row.seal(row, opener, wanted, keep=auth, grant=grant)
    if move.dropped:
        changes += _signed_out(row, edits)
    changes += _secret_changes(before, row.auth_fingerprints)
    values = {**config, **wanted}
    return [with_source(change, values.get(change.field)) for change in changes], move.notes


def _expiry(auth: Mapping[str, Any]) -> str | None:
    """Return when the access token in credentials expires, as the store keeps it."""
    moment = sign_in.expiry_in(auth)
    return clock.as_text(moment) if moment else None


def _signed_out(row: ConnectorRow, edits: Edits) -> list[FieldChange]:
    """Turn a connector whose tokens were removed, as signing out does."""
    row.auth_expires_at = None
    if row.status != "active" or edits.status is not None:
        return []
    row.status = "error"
    return [FieldChange("status", "active", "error")]


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


def _check_read(wanted: Wanted | Edits, commit: bool) -> None:
    """Check that nothing is saved of which only the source is known."""
    unread = unread_fields(wanted.config) | unread_fields(wanted.auth)
    assert not (commit and unread), f"{sorted(unread)} were not read"  # noqa: S101


def _touch(db: Database, ws: Workspace, row: ConnectorRow) -> None:
    """Set a row's version, and the time and author of the change."""
    row.version += 1
    row.updated_at = db.now()
    row.updated_by_email, row.updated_by_name = ws.actor.email, ws.actor.name


def _without(values: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return values without those of these names; dots lead into objects and lists."""
    kept = {name: value for name, value in values.items() if name not in set(names)}
    for name in names:
        if name not in values and value_at(kept, name)[0]:
            kept = copy.deepcopy(kept)
            _remove_inner(kept, name)
    return kept


def _remove_inner(values: dict[str, Any], name: str) -> None:
    """Remove the value that a name with dots leads to."""
    words = name.split(".")
    for count in range(1, len(words)):
        inner = value_at(values, ".".join(words[:count]))[1]
        last = ".".join(words[count:])
        if isinstance(inner, dict) and last in inner:
            del inner[last]
            return
        if isinstance(inner, list) and last.isdecimal():
            del inner[int(last)]
            return


def _event_details(done: Change) -> dict[str, Any]:
    noted = {"change": done.change, "fields": [change.field for change in done.fields]}
    shown = done.connector
    return {**noted, "id": shown["id"], "version": shown["version"]} if shown else noted
