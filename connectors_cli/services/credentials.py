"""Credentials that no longer open: cleared, their settings kept; or accepted as they stand."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import select

from connectors_cli import reader, records, rotation
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Conflict, KeyMissing, Tampered
from connectors_cli.resealing import Resealer, Row, shown_name
from connectors_cli.results import Change
from connectors_cli.tables import KeyRow
from connectors_cli.vault import Vault, new_key
from connectors_cli.workspace import Workspace, active_key_id


@dataclass(frozen=True, slots=True)
class Broken:
    """What does not open: names whose credentials are lost, those merely altered, the lost key."""

    lost: list[str]
    altered: list[str]
    lost_key: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a connector's row holds, to be looked at before it is accepted."""

    name: str
    catalog_key: str
    config: dict[str, Any]
    fields: tuple[str, ...]
    row: Row = field(repr=False)


def find_broken(ws: Workspace) -> Broken:
    """Return what of the tenant does not open; KeyProblem when keys cannot be looked for now."""
    lost_key = find_lost_key(ws)
    lost: list[str] = []
    altered: list[str] = []
    with closing(open_for_reading(ws.settings.store)) as db:
        for row, opens in Resealer(ws, db).damaged():
            (altered if opens else lost).append(shown_name(row))
    return Broken(lost, altered, lost_key)


def find_lost_key(ws: Workspace) -> str | None:
    """Return the tenant's key in use if it is gone; KeyProblem when its source cannot say."""
    with ws.permitted(Action.CONNECTOR_RESET, ws.tenant) as session:
        active = active_key_id(session, ws.tenant)
    return None if _is_at_hand(ws, active) else active


def reset_all(ws: Workspace, broken: Broken) -> dict[str, Any]:
    """Clear the credentials of all that do not open; with a lost key, under a new one.

    Returns new_key, reset and altered. Raises what `rotation.rotate` raises; only an owner makes
    a new key.
    """
    ws.look_for_keys_anew()  # somebody was asked since, and may have brought one back
    if broken.lost_key is not None:
        done = rotation.rotate(ws, "clear")
        names = [name for name, _ in done.done.cleared]
        return {"new_key": done.after, "reset": names, "altered": broken.altered}
    ws.fetch_keys()
    details: dict[str, Any] = {}
    with ws.change(Action.CONNECTOR_RESET, ws.tenant, details, needs_key=True) as session:
        resealer, vault = Resealer(ws, ws.store.driver(session)), ws.vault(session)
        cleared = list(_clear_lost(resealer, vault))
        details["connectors"] = len(cleared)
        ws.record_each(session, ((Action.CONNECTOR_RESET, *item) for item in cleared))
    ws.store.checkpoint()
    return {"new_key": None, "reset": [name for name, _ in cleared], "altered": broken.altered}


def reset(ws: Workspace, name: str, *, commit: bool = True) -> Change:
    """Clear one connector's credentials and seal its settings as they stand.

    Where the key in use is lost, under a new one, for owners; what else the lost one seals stays
    as it is, and opens when it comes back. Raises NotFound, NotPermitted, KeyProblem.
    """
    details: dict[str, Any] = {}
    lost = _replace_lost_key(ws, name, commit=commit)
    with ws.change(Action.CONNECTOR_RESET, name, details, commit=commit, needs_key=True) as session:
        resealer = Resealer(ws, ws.store.driver(session))
        row = _find(resealer, name)
        vault = Vault(new_key()) if lost and not commit else ws.vault(session)
        details |= resealer.clear(row, vault)
        shown = records.shown(session, ws, row["id"])
    if commit:
        ws.store.checkpoint()
    notes = ("its key was lost: a new one is in use, and the others wait for the old",)
    return Change("reset", str(row["name"]), shown, (), not commit, notes if lost else ())


def _replace_lost_key(ws: Workspace, name: str, *, commit: bool) -> bool:
    """Give the tenant a new key if its own is lost; a dry run only looks for one."""
    ws.look_for_keys_anew()  # somebody was asked since, and may have brought it back
    if find_lost_key(ws) is None:
        return False
    with ws.permitted(Action.CONNECTOR_RESET, name) as session:
        _find(Resealer(ws, ws.store.driver(session)), name)
        used = frozenset(session.exec(select(KeyRow.id).where(KeyRow.state != "pending")).all())
    if commit:
        rotation.rotate(ws, "leave")
    else:
        rotation.check_new_key(ws.key_source(), used)
    return True


def look(ws: Workspace, name: str) -> Held:
    """Return what a row holds, for an owner to accept; Tampered when a credential does not open.

    Raises Conflict when nothing of it was altered.
    """
    with ws.permitted(Action.CONNECTOR_ACCEPT, name) as session:
        resealer = Resealer(ws, ws.store.driver(session))
        row = _find(resealer, name)
        kind = _check(ws, resealer, row)
    return Held(str(row["name"]), kind, row["config"], tuple(row["auth"]), row)


def accept(ws: Workspace, held: Held) -> Change:
    """Seal a row as it was looked at; Conflict when it was changed since."""
    details = {"id": held.row["id"], "version": held.row["version"] + 1}
    with ws.change(Action.CONNECTOR_ACCEPT, held.name, details, needs_key=True) as session:
        resealer = Resealer(ws, ws.store.driver(session))
        row = _find(resealer, held.row["id"])
        if row != held.row:
            raise Conflict(f"{held.name!r} was changed since it was shown: look at it again")
        _check(ws, resealer, row)
        resealer.seal_as_it_is(row)
        shown = records.shown(session, ws, row["id"])
    return Change("accepted", held.name, shown)


def _check(ws: Workspace, resealer: Resealer, row: Row) -> str:
    """Return the key of a row's type when all its credentials open and its seal does not fit."""
    vault = Vault(ws.key_source().get(row["key_id"]))
    sealed = resealer.sealed(row)
    try:
        vault.check_row(sealed)
    except Tampered as error:
        if not resealer.opens(row):
            raise error from None
        return str(sealed["catalog_key"])
    raise Conflict(f"{row['name']!r} is as this program wrote it: there is nothing to accept")


def _clear_lost(resealer: Resealer, vault: Vault) -> Iterator[tuple[str, dict[str, Any]]]:
    """Clear what does not open; yield each one's name, and what the log is to have of it."""
    for row, opens in resealer.damaged():
        if not opens:
            yield shown_name(row), resealer.clear(row, vault)


def _find(resealer: Resealer, name: str) -> Row:
    row = resealer.named(name)
    if row is None:
        raise reader.no_connector(name)
    return row


def _is_at_hand(ws: Workspace, key_id: str) -> bool:
    """Tell whether a key is there; KeyProblem when its source cannot say."""
    try:
        ws.key_source().get(key_id)
    except KeyMissing:
        return False
    return True
