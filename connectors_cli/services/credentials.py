"""Credentials that no longer open: cleared, with the settings kept, or accepted as changed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, KeyMissing, Tampered
from connectors_cli.services import connector_row
from connectors_cli.services.keys import rotation
from connectors_cli.services.keys.reseal import Resealer, Row, shown_name
from connectors_cli.services.results import Change
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.store.read import connectors
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.keys import all_keys
from connectors_cli.vault.seal import Cipher, new_key


@dataclass(frozen=True, slots=True)
class Broken:
    """Connectors that do not open: with lost credentials, or only changed; and a lost key."""

    lost: list[str]
    altered: list[str]
    lost_key: str | None


@dataclass(frozen=True, slots=True)
class AlteredConnector:
    """The contents of a connector's changed row, to review before accepting it."""

    name: str
    catalog_key: str
    config: dict[str, Any]
    fields: tuple[str, ...]
    row: Row = field(repr=False)


def find_broken(ws: Workspace) -> Broken:
    """Return the tenant's connectors that do not open.

    Raises KeyProblem when the key source does not answer.
    """
    lost_key = find_lost_key(ws)
    lost: list[str] = []
    altered: list[str] = []
    with closing(open_for_reading(ws.settings.store)) as db:
        for row, opens in Resealer(ws, db).damaged():
            (altered if opens else lost).append(shown_name(row))
    return Broken(lost, altered, lost_key)


def find_lost_key(ws: Workspace) -> str | None:
    """Return the id of the tenant's active key if it is lost, else None.

    Raises KeyProblem when the key source does not answer.
    """
    with ws.permitted(Action.CONNECTOR_RESET, ws.tenant) as db:
        active = active_key_id(db, ws.tenant)
    return None if _exists(ws, active) else active


def reset_all(ws: Workspace, broken: Broken) -> dict[str, Any]:
    """Clear the credentials that do not open; a lost key is replaced, which requires an owner.

    Returns new_key, reset and altered. Raises what `rotation.rotate` raises.
    """
    ws.forget_key_failures()  # the user was asked meanwhile, and may have restored one
    if broken.lost_key is not None:
        done = rotation.rotate(ws, "clear")
        names = [name for name, _ in done.done.cleared]
        return {"new_key": done.after, "reset": names, "altered": broken.altered}
    ws.fetch_keys()
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_RESET, ws.tenant, details, needs_key=True) as db:
        resealer, cipher = Resealer(ws, db), ws.cipher(db)
        cleared = list(_clear_lost(resealer, cipher))
        details["connectors"] = len(cleared)
        ws.record_each(db, ((Action.CONNECTOR_RESET, *item) for item in cleared))
    ws.store.checkpoint()
    return {"new_key": None, "reset": [name for name, _ in cleared], "altered": broken.altered}


def reset(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Clear one connector's credentials and seal its current settings.

    A lost key is replaced, which requires an owner; other rows under it are unchanged and open
    again when the key is restored. Raises NotFound, NotPermitted, KeyProblem.
    """
    details: dict[str, Any] = {}
    lost = _replace_lost_key(ws, name, commit=commit)
    with ws.change(Action.CONNECTOR_RESET, name, details, commit=commit, needs_key=True) as db:
        resealer = Resealer(ws, db)
        row = _find(resealer, name)
        cipher = Cipher(new_key()) if lost and not commit else ws.cipher(db)
        details |= resealer.clear(row, cipher)
        shown = connector_row.shown(db, ws, row["id"])
    kept = ws.empty_log() if commit else ()
    notes = ("its key was lost: a new key is in use; connectors under the old key need it back",)
    return Change(
        "reset", str(row["name"]), shown, (), not commit, (*notes, *kept) if lost else kept
    )


def _replace_lost_key(ws: Workspace, name: str, *, commit: bool) -> bool:
    """Replace the tenant's key if it is lost; a dry run only checks that a new one is available."""
    ws.forget_key_failures()  # the user was asked meanwhile, and may have restored it
    if find_lost_key(ws) is None:
        return False
    with ws.permitted(Action.CONNECTOR_RESET, name) as db:
        _find(Resealer(ws, db), name)
        used = frozenset(key_id for key_id, _, state in all_keys(db) if state != "pending")
    if commit:
        rotation.rotate(ws, "leave")
    else:
        rotation.check_new_key(ws.key_source(), used)
    return True


def find_altered(ws: Workspace, name: str) -> AlteredConnector:
    """Return the contents of a changed row, for an owner to accept.

    Raises:
        Tampered: a credential does not open.
        Conflict: the row was not changed outside connectors.
    """
    with ws.permitted(Action.CONNECTOR_ACCEPT, name) as db:
        resealer = Resealer(ws, db)
        row = _find(resealer, name)
        kind = _check(resealer, row)
    return AlteredConnector(str(row["name"]), kind, row["config"], tuple(row["auth"]), row)


def accept(ws: Workspace, altered: AlteredConnector) -> Change:
    """Seal a changed row as it was reviewed; raises Conflict if it changed since."""
    row = altered.row
    details: dict[str, Any] = {"id": row["id"], "version": row["version"] + 1}
    with ws.change(Action.CONNECTOR_ACCEPT, altered.name, details, needs_key=True) as db:
        resealer = Resealer(ws, db)
        row = _find(resealer, altered.row["id"])
        if row != altered.row:
            raise Conflict(f"{altered.name!r} changed since it was shown: review it again")
        _check(resealer, row)
        details["revision"] = resealer.seal_as_it_is(row)
        shown = connector_row.shown(db, ws, row["id"])
    return Change("accepted", altered.name, shown)


def _check(resealer: Resealer, row: Row) -> str:
    """Return the key of a row's type if only its seal does not match; see `find_altered`."""
    opener = resealer.opener
    try:
        opener.check(row)
    except Tampered as error:
        if not opener.opens(row):
            raise error from None
        return opener.type_of(row).key
    raise Conflict(f"{row['name']!r} was not changed outside connectors: nothing to accept")


def _clear_lost(resealer: Resealer, cipher: Cipher) -> Iterator[tuple[str, dict[str, Any]]]:
    """Clear credentials that do not open; yield each connector's name and event details."""
    for row, opens in resealer.damaged():
        if not opens:
            yield shown_name(row), resealer.clear(row, cipher)


def _find(resealer: Resealer, name: str) -> Row:
    row = resealer.named(name)
    if row is None:
        raise connectors.no_connector(name)
    return row


def _exists(ws: Workspace, key_id: str) -> bool:
    """Return whether a key exists; raises KeyProblem when its source does not answer."""
    try:
        ws.key_source().get(key_id)
    except KeyMissing:
        return False
    return True
