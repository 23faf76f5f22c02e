"""Signing connectors in and out: nothing is asked, and no service, inside a transaction."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from sqlmodel import Session

from connectors_cli import filling, grants, interruptions, keeping, oauth, records, remedies
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Cancelled, ConnectorsError, InvalidInput, NotFound, UsageError
from connectors_cli.grants import Opened
from connectors_cli.oauth import Granted, Options, Talk
from connectors_cli.results import Change, FieldChange
from connectors_cli.sign_ins import sign_ins
from connectors_cli.vault import check_clock
from connectors_cli.workspace import Workspace

WAYS = (*oauth.METHODS, "none")


def sign_in(ws: Workspace, name: str, options: Options, talk: Talk) -> Change:
    """Sign a connector in and seal what that grants; all else of it stays, and an `error` ends.

    Raises what `oauth.sign_in` raises, each with the command that goes on, and Cancelled when the
    person leaves: then nothing is changed. NotPermitted comes before anybody is asked.
    """
    method = options.method
    found = _begin(ws, name, str(method))
    try:
        granted = oauth.sign_in(found.entry, found.config, found.auth, options, talk)
    except KeyboardInterrupt:
        raise _failed(ws, found, Cancelled(f"left: {found.name} is as it was")) from None
    except ConnectorsError as error:
        raise _failed(ws, found, error) from None
    return _store(ws, found, granted, str(method))


def take_token(ws: Workspace, name: str, tokens: Mapping[str, Any]) -> Change:
    """Seal a token that the person has already.

    Raises UsageError where the type has none, InvalidInput for a text that is no token.
    """
    found = _begin(ws, name, "token")
    try:
        granted = oauth.from_token(
            found.entry, str(tokens["access_token"]), tokens.get("refresh_token")
        )
    except ConnectorsError as error:
        raise _failed(ws, found, error) from None
    return _store(ws, found, granted, "token")


def sign_out(
    ws: Workspace, name: str, options: Options | None = None, *, keep_unrevoked: bool = False
) -> Change:
    """Take a connector's tokens back at the service, and out of the store.

    The notes say what the service could not be told. With `keep_unrevoked` tokens that were not
    taken back stay in the store. Raises NotFound, NotPermitted, KeyProblem.
    """
    found = _leaving(ws, name)
    held = filling.filled(found.entry) & set(found.auth)
    notes = _revoked(found, options or Options()) if held else ()
    details: dict[str, Any] = {"id": found.id, "revoked": bool(held) and not notes}
    with ws.change(Action.CONNECTOR_LOGOUT, found.name, details, needs_key=True) as session:
        row = records.find(session, ws, found.id)
        gone: tuple[str, ...] = ()
        if not (notes and keep_unrevoked) and grants.is_current(ws, session, found, row):
            gone = grants.clear(ws, session, row)
        elif not keep_unrevoked:
            notes += (f"note: {found.name} was signed in anew meanwhile, and stays so",)
        details["fields"] = list(gone)
        shown = records.shown(session, ws, row.id)
    fields = tuple(FieldChange(name, True, None, secret=True) for name in gone)
    return Change("signed out" if gone else "unchanged", found.name, shown, fields, notes=notes)


def check_way(entry: Entry, way: str | None) -> None:
    """Raise UsageError for a way to sign in that there is not, or not for this type."""
    if way is not None and way not in WAYS:
        raise UsageError(f"no way to sign in is {way[:20]!r}", hint=f"one of {', '.join(WAYS)}")
    known = oauth.methods(entry)
    if way not in {None, "none", "browser", *known}:
        ways = f"use one of: {', '.join(known)}" if known else None
        raise UsageError(f"{entry.name} does not sign in by {way!r}", hint=ways)
    if way not in {None, "none"} and not known:
        raise UsageError(f"{entry.name} has no sign-in: its credentials are given to its form")


def type_of(ws: Workspace, session: Session, name: str) -> Entry:
    """Return the type of a connector; NotFound."""
    return ws.entry(session, records.type_key(session, records.find(session, ws, name)))


def may_be_revoked(ws: Workspace, name: str) -> bool:
    """Tell whether a connector has tokens that a sign-in gave; no key is needed.

    Raises NotFound, and NotPermitted for who may not remove it.
    """
    with ws.store.transaction() as session:
        ws.require(session, Action.CONNECTOR_REMOVE)
        row = records.find(session, ws, name)
        entry = type_of(ws, session, name)
        held = not filling.filled(entry).isdisjoint(row.auth)
    if not held or entry.auth_type == "oauth":
        return held
    with closing(open_for_reading(ws.settings.store)) as db:
        return row.id in sign_ins(db, ws.tenant)


def _revoked(found: Opened, options: Options) -> tuple[str, ...]:
    """Take tokens back at the service; return notes of what could not be."""
    end = f"end the access in your account's settings at {found.entry.name}"
    try:
        if oauth.revoke(found.entry, found.config, found.auth, options):
            return ()
    except ConnectorsError as error:
        return (f"note: {found.name}: not taken back at the service: {error.message}; {end}",)
    return (f"note: {found.name}: {found.entry.name} has no way to take a token back; {end}",)


def _begin(ws: Workspace, name: str, method: str) -> Opened:
    """Return a connector that is about to sign in, which is recorded; NotPermitted."""
    check_clock()
    details = {"state": "begun", "method": method}
    with ws.change(Action.CONNECTOR_LOGIN, name, details, needs_key=True) as session:
        found = grants.opened(ws, session, name)
        details["id"] = found.id
    return found


def _leaving(ws: Workspace, name: str) -> Opened:
    """Return a connector whose tokens are about to be taken back, which is recorded."""
    with ws.permitted(Action.CONNECTOR_LOGOUT, name) as session:
        records.find(session, ws, name)
    details = {"for": "logout"}
    with ws.change(Action.CONNECTOR_USE, name, details, needs_key=True) as session:
        found = grants.opened(ws, session, name)
        details["id"] = found.id
    return found


def _failed(ws: Workspace, found: Opened, error: ConnectorsError) -> ConnectorsError:
    """Record a sign-in that came to nothing; return the error with the command that goes on."""
    amiss = type(error) is InvalidInput
    cure = "connectors edit NAME" if amiss else "connectors auth login NAME"
    told = remedies.hinted(error, found.name, cure)
    try:
        with ws.change(Action.CONNECTOR_LOGIN, found.name):
            raise told
    except type(told) as recorded:
        return recorded


def _store(ws: Workspace, found: Opened, granted: Granted, method: str) -> Change:
    """Seal what was granted; who wants to leave meanwhile leaves after that."""
    note = "" if ws.settings.quiet else f"note: leaving once the sign-in of {found.name} is saved"
    with interruptions.finishing(note):
        return keeping.keep(ws, found, granted, lambda: _put(ws, found, granted, method))


def _put(ws: Workspace, found: Opened, granted: Granted, method: str) -> Change:
    details: dict[str, Any] = {"id": found.id, "state": "signed_in", "method": method}
    details |= {"scopes": list(granted.scopes), "fields": sorted(granted.auth)}
    with ws.change(Action.CONNECTOR_LOGIN, found.name, details, needs_key=True) as session:
        row = records.find_live(session, ws, found.id)
        if row is None:
            raise NotFound(f"{found.name!r} was removed meanwhile: nothing was kept")
        before = dict(row.auth)
        grants.put(ws, session, row, granted, by_person=True)
        shown = records.shown(session, ws, row.id)
        fields = tuple(
            FieldChange(name, name in before or None, True, secret=True)
            for name in row.auth
            if before.get(name) != row.auth[name]
        )
    return Change("signed in", found.name, shown, fields)
