"""Sign-in and sign-out of connectors; no transaction is open during a dialog or a request."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in as catalog_sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import Cancelled, ConnectorsError, InvalidInput, NotFound, UsageError
from connectors_cli.oauth import actions
from connectors_cli.oauth.contract import METHODS, Dialog, Options, TokenResponse
from connectors_cli.services import connector_row, hints
from connectors_cli.services.auth import account, token_store
from connectors_cli.services.auth.status import sign_ins
from connectors_cli.services.opener import OpenConnector
from connectors_cli.services.results import Change, Check, FieldChange
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.system import signals
from connectors_cli.system.record import replace
from connectors_cli.vault.seal import check_clock

CHOICES = (*METHODS, "none")
"""What can be chosen as a sign-in method."""


def sign_in(
    ws: Workspace, name: str, options: Options, dialog: Dialog, *, switch: bool = False
) -> Change:
    """Sign a connector in and save the tokens; the rest of it is unchanged.

    With `switch` it may be another account than before.

    Raises:
        NotPermitted: before the dialog starts.
        Conflict: it is another account; the new tokens were revoked, nothing was changed.
        Cancelled: the user cancelled; nothing was changed.
        ConnectorsError: see `oauth.actions.sign_in`; with a command to continue as the hint.
    """
    method = options.method
    found = _begin_sign_in(ws, name, str(method))
    options = replace(options, connector=found.name)
    try:
        response = actions.sign_in(found.entry, found.config, found.auth, options, dialog)
    except (KeyboardInterrupt, Cancelled):
        raise _failed(ws, found, Cancelled(f"Cancelled. {found.name} was not changed.")) from None
    except ConnectorsError as error:
        raise _failed(ws, found, error) from None
    return _save(ws, found, response, options, switch=switch)


def save_token(
    ws: Workspace,
    name: str,
    tokens: Mapping[str, str],
    options: Options | None = None,
    *,
    switch: bool = False,
) -> Change:
    """Save a token that the user already has.

    With `switch` it may be of another account than before.

    Raises:
        Conflict: it is another account; nothing was changed.
        UsageError: the type has no token.
        InvalidInput: the text is not a token.
    """
    found = _begin_sign_in(ws, name, "token")
    try:
        response = actions.from_token(found.entry, **tokens)
    except ConnectorsError as error:
        raise _failed(ws, found, error) from None
    given = replace(options or Options(), method="token")
    return _save(ws, found, response, given, switch=switch)


def sign_out(
    ws: Workspace, name: str, options: Options | None = None, *, keep_unrevoked: bool = False
) -> Change:
    """Revoke a connector's tokens at the service and remove them from the store.

    The notes say what could not be revoked. With `keep_unrevoked`, such tokens stay in the store.

    Raises:
        NotFound, NotPermitted, KeyProblem, Tampered: the connector cannot be opened.
    """
    found = _begin_sign_out(ws, name)
    held = catalog_sign_in.filled_by_sign_in(found.entry) & set(found.auth)
    notes = _revoked(found, options or Options()) if held else ()
    details: dict[str, Any] = {"id": found.id, "revoked": bool(held) and not notes}
    with ws.change(Action.CONNECTOR_LOGOUT, found.name, details, needs_key=True) as db:
        row = connector_row.find(db, ws, found.id)
        gone: tuple[str, ...] = ()
        if not (notes and keep_unrevoked) and token_store.is_current(ws, db, found, row):
            gone = token_store.remove_tokens(ws, db, row)
        elif not keep_unrevoked:
            notes += (
                f"note: {found.name} was signed in again in the meantime and stays signed in",
            )
        details["fields"] = list(gone)
        shown = connector_row.shown(db, ws, row.id)
    fields = tuple(FieldChange(name, True, None, secret=True) for name in gone)
    return Change("signed out" if gone else "unchanged", found.name, shown, fields, notes=notes)


def check_method(entry: Entry, method: str | None) -> None:
    """Check a sign-in method, or `none`, for a type.

    Raises:
        UsageError: the method does not exist, or the type does not support it.
    """
    if method is not None and method not in CHOICES:
        raise UsageError(
            f"{method[:20]!r} is not a sign-in method", hint=f"use one of: {', '.join(CHOICES)}"
        )
    known = actions.methods(entry)
    if method not in {None, "none", "browser", *known}:
        hint = f"use one of: {', '.join(known)}" if known else None
        raise UsageError(f"{entry.name} does not support sign-in by {method!r}", hint=hint)
    if method not in {None, "none"} and not known:
        raise UsageError(f"{entry.name} has no sign-in: its credentials are entered directly")


def type_of(ws: Workspace, db: Database, name: str) -> Entry:
    """Return the type of a connector; NotFound if there is no such connector."""
    return ws.entry(db, connector_row.type_key(db, connector_row.find(db, ws, name)))


def may_be_revoked(ws: Workspace, name: str) -> bool:
    """Return whether a connector has tokens from a sign-in; no key is needed.

    Raises:
        NotFound: there is no such connector.
        NotPermitted: the role does not allow removing it.
    """
    with ws.store.transaction(commit=False) as db:
        ws.require(db, Action.CONNECTOR_REMOVE, hold=False)
        row = connector_row.find(db, ws, name)
        entry = type_of(ws, db, name)
        held = not catalog_sign_in.filled_by_sign_in(entry).isdisjoint(row.auth)
    if not held or entry.auth_type == "oauth":
        return held
    with closing(open_for_reading(ws.settings.store)) as db:
        return row.id in sign_ins(db, ws.tenant)


def _revoked(found: OpenConnector, options: Options) -> tuple[str, ...]:
    """Revoke tokens at the service; return notes about what could not be revoked."""
    hint = f"remove the access in your account settings at {found.entry.name}"
    try:
        found.check_origins()
        if actions.revoke(found.entry, found.config, found.auth, options):
            return ()
    except ConnectorsError as error:
        return (
            f"note: {found.name}: could not be revoked at the service: {error.message}; {hint}",
        )
    return (f"note: {found.name}: {found.entry.name} cannot revoke tokens; {hint}",)


def _begin_sign_in(ws: Workspace, name: str, method: str) -> OpenConnector:
    """Record the start of a sign-in; return the opened connector."""
    check_clock()
    details = {"state": "begun", "method": method}
    with ws.change(Action.CONNECTOR_LOGIN, name, details, needs_key=True) as db:
        found = token_store.open_connector(ws, db, name)
        details["id"] = found.id
    return found


def _begin_sign_out(ws: Workspace, name: str) -> OpenConnector:
    """Record the use of the tokens for a sign-out; return the opened connector."""
    with ws.permitted(Action.CONNECTOR_LOGOUT, name) as db:
        connector_row.find(db, ws, name)
    details = {"for": "logout"}
    with ws.change(Action.CONNECTOR_USE, name, details, needs_key=True) as db:
        found = token_store.open_connector(ws, db, name)
        details["id"] = found.id
    return found


def _failed(ws: Workspace, found: OpenConnector, error: ConnectorsError) -> ConnectorsError:
    """Record a failed sign-in; return the error with a command to continue as its hint."""
    has_bad_settings = type(error) is InvalidInput
    cure = "connectors edit NAME" if has_bad_settings else "connectors auth login NAME"
    hinted = hints.hinted(error, found.name, cure)
    try:
        with ws.change(Action.CONNECTOR_LOGIN, found.name):
            raise hinted
    except type(hinted) as recorded:
        return recorded


def _save(
    ws: Workspace, found: OpenConnector, response: TokenResponse, options: Options, *, switch: bool
) -> Change:
    """Save the tokens if they are of the connector's account; Ctrl-C takes effect after that."""
    note = "" if ws.settings.quiet else f"note: exiting once the sign-in of {found.name} is saved"
    with signals.critical_section(note):
        check = account.ask(found, response, options)
        notes = _compared(ws, found, response, check, options) if check and not switch else ()
        done = token_store.save_with_retries(
            ws,
            found,
            response,
            lambda: _save_once(ws, found, response, str(options.method), check),
        )
        if check is not None:
            names = account.others(ws, found, check, {**found.config, **response.config})
            notes += (account.shared_note(found, check, names),) if names else ()
        return replace(done, notes=(*done.notes, *notes))


def _compared(
    ws: Workspace, found: OpenConnector, response: TokenResponse, check: Check, options: Options
) -> tuple[str, ...]:
    """Return a note if the account cannot be compared with the one before.

    Raises:
        Conflict: it is another account; what the service granted was revoked.
    """
    with ws.permitted(Action.CONNECTOR_LOGIN, found.name) as db:
        row = connector_row.find_live(db, ws, found.id)
    known = (row.last_check if row else None) or {}
    same = account.is_same(known, check)
    if same is False:
        raise _failed(ws, found, _undone(ws, found, response, (known, check), options))
    if same is None and known.get("account"):
        return (f"note: this sign-in was not compared with {known['account']}: {check.message}",)
    return ()


def _undone(
    ws: Workspace,
    found: OpenConnector,
    response: TokenResponse,
    accounts: tuple[account.Known, Check],
    options: Options,
) -> ConnectorsError:
    """Revoke what was granted for another account; return the error that says so.

    A token that the user brought along is not revoked, nor one of an account that another
    connector uses: at some services that would sign the other one out.
    """
    error = account.another(found, *accounts)
    config, auth = {**found.config, **response.config}, {**found.auth, **response.auth}
    if options.method == "token" or account.others(ws, found, accounts[1], config):
        return error
    try:
        if actions.revoke(found.entry, config, auth, options):
            return type(error)(f"{error.message}, and its tokens were revoked", hint=error.hint)
    except ConnectorsError:
        pass
    where = f"to end it, remove the access in the account settings at {found.entry.name}"
    return type(error)(f"{error.message}; {where}", hint=error.hint)


def _save_once(
    ws: Workspace, found: OpenConnector, response: TokenResponse, method: str, check: Check | None
) -> Change:
    details: dict[str, Any] = {"id": found.id, "state": "signed_in", "method": method}
    details |= {"scopes": list(response.scopes), "fields": sorted(response.auth)}
    details |= {"account": check.account} if check and check.account else {}
    with ws.change(Action.CONNECTOR_LOGIN, found.name, details, needs_key=True) as db:
        row = connector_row.find_live(db, ws, found.id)
        if row is None:
            raise NotFound(f"{found.name!r} was removed in the meantime; nothing was saved")
        before = dict(row.auth)
        token_store.save_tokens(ws, db, row, response, by_person=True, check=check)
        shown = connector_row.shown(db, ws, row.id)
        fields = tuple(
            FieldChange(name, name in before or None, True, secret=True)
            for name in row.auth
            if before.get(name) != row.auth[name]
        )
    return Change("signed in", found.name, shown, fields)
