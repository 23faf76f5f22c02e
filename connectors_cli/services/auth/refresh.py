"""Token refresh: one process at a time per connector; tokens are saved before they are used."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

from connectors_cli.audit import gate
from connectors_cli.audit.roles import Action
from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import (
    Cancelled,
    ConnectorsError,
    InvalidInput,
    Rejected,
    Unreachable,
)
from connectors_cli.oauth import actions
from connectors_cli.oauth.answers import NoBearer
from connectors_cli.oauth.contract import Options, TokenResponse
from connectors_cli.services import connector_row, hints
from connectors_cli.services.auth import token_store
from connectors_cli.services.auth.status import SignInStatus, SignInStatuses, sign_in_statuses
from connectors_cli.services.opener import OpenConnector
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read import connectors
from connectors_cli.store.read import types as read_types
from connectors_cli.store.read.connections import LONGEST_WAIT
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.rows import JSON, only_row
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.store.write import leases
from connectors_cli.system import clock, signals
from connectors_cli.system.record import replace
from connectors_cli.system.text import command_line
from connectors_cli.system.threads import AT_ONCE
from connectors_cli.vault.seal import check_clock

State = Literal["refreshed", "fresh", "unsupported"]
POLL = 0.1
PATIENCE = leases.SECONDS + 10
"""How many seconds to wait for another process that refreshes the same connector."""
LEASE = leases.SECONDS + token_store.PATIENCE + 2 * LONGEST_WAIT
"""How long a refresh can take: one request, and saving its answer while other writers go first."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A connector that may need a refresh, as it was first read; nothing is opened."""

    id: str
    name: str
    entry: Entry
    auth: dict[str, str]
    refused_at: str | None
    expires_at: str | None
    key_id: str


def before_use(settings: Settings, connector_id: str, fields: tuple[str, ...] = ()) -> None:
    """Refresh a connector's token if needed, before these fields of it (or all) are used.

    Raises:
        Unreachable, Rejected: the refresh failed; the caller must not use the credentials.
    """
    with closing(Workspace(settings)) as ws:
        try:
            refresh(ws, connector_id, fields=fields)
        except (Unreachable, Rejected) as error:
            with closing(open_for_reading(settings.store)) as db:
                name = sealed_connector(db, ws.tenant, connector_id)["name"]
            raise type(error)(f"{name}: {error.message}", hint=error.hint) from None


def refresh(
    ws: Workspace,
    name: str,
    *,
    within: float | None = clock.SKEW,
    options: Options | None = None,
    fields: tuple[str, ...] = (),
    unknown: bool = False,
) -> State:
    """Refresh a connector's token if it expires within `within` seconds (None: always).

    With `unknown` also one whose end is not known.

    One process asks the service, under a lease; others wait and use the tokens that it saved.

    Raises:
        Rejected: the service refused; the connector's status is then `error`.
        Unreachable: the service or the network does not respond.
        NotFound, KeyProblem, Tampered, StoreError: the connector cannot be opened or saved.
    """
    ws.fetch_keys()
    with closing(open_for_reading(ws.settings.store)) as db:
        candidate = _read(ws, db, name)
        is_due = within is None or clock.expires_within(candidate.expires_at, within)
        if not is_due and not (unknown and candidate.expires_at is None):
            return "fresh"
        if not actions.can_refresh(candidate.entry, candidate.auth):
            return "unsupported"
        if fields and sign_in.filled_by_sign_in(candidate.entry).isdisjoint(fields):
            return "fresh"
        return _refresh_in_turn(ws, db, candidate, options or Options())


def refresh_all(
    ws: Workspace, names: Sequence[str], within: float | None, options: Options
) -> SignInStatuses:
    """Refresh the named connectors' tokens, or all that can be refreshed, in parallel.

    With `within`, only tokens that expire within that many seconds, or nobody knows when.

    Raises:
        NotPermitted: the role does not allow it; recorded before anything is read.
    """
    subject = ", ".join(names) or "all"
    gate.allow(ws.settings, ws.actor, Action.CONNECTOR_REFRESH, subject)
    with closing(open_for_reading(ws.settings.store)) as db:
        before = sign_in_statuses(db, ws.tenant, names).results
        chosen = [item for item in before if names or item.refreshes_itself]
        with signals.deferred_signals(), ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda one: _refresh_one(ws, one, within, options), chosen))
        after = (
            sign_in_statuses(db, ws.tenant, [one.name for one in chosen]).results if chosen else ()
        )
    return SignInStatuses(
        tuple(_with_outcome(old, new) for old, new in zip(done, after, strict=True))
    )


def _refresh_in_turn(ws: Workspace, db: Database, candidate: _Candidate, options: Options) -> State:
    """Refresh under the connector's lease, or notice that another process did."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with leases.held(ws.store, _lease(candidate), LEASE) as holder:
            now = _read(ws, db, candidate.id)
            if now.key_id == candidate.key_id and not token_store.same_tokens(
                candidate.auth, now.auth
            ):
                return "refreshed"
            if now.refused_at not in {None, candidate.refused_at}:
                raise _hinted(Rejected("the service no longer accepts the sign-in"), candidate.name)
            if holder and _refresh(ws, candidate, options, holder):
                return "refreshed"
        time.sleep(POLL)
    raise Unreachable(
        f"another process has been refreshing {candidate.name} for {PATIENCE:.0f} s",
        hint=f"try again, or check: {command_line('auth', 'status', candidate.name)}",
    )


def _refresh(ws: Workspace, candidate: _Candidate, options: Options, holder: str) -> bool:
    """Request new tokens and save them; the use of the credentials is recorded first.

    The lease is renewed before the request. Return False if another process has it by now; then no
    request was sent.
    """
    check_clock()
    details: dict[str, Any] = {
        "id": candidate.id,
        "for": "refresh",
        "fields": sorted(candidate.auth),
    }
    with ws.change(Action.CONNECTOR_USE, candidate.name, details, needs_key=True) as db:
        found = token_store.open_connector(ws, db, candidate.id)
        is_ours = leases.renew(db, _lease(candidate), holder, LEASE)
    if not is_ours:
        return False
    is_saved = False
    try:
        with signals.critical_section(_exit_note(ws, found)):
            _exchange(ws, found, options)
            is_saved = True
    except KeyboardInterrupt:
        outcome = f"The new tokens of {found.name} were saved."
        raise Cancelled(f"Cancelled. {outcome}" if is_saved else "Cancelled.") from None
    return True


def _exchange(ws: Workspace, found: OpenConnector, options: Options) -> None:
    """Request the next tokens and save them; a used refresh token is no longer valid."""
    try:
        found.check_origins()
        response = actions.refresh(found.entry, found.config, found.auth, options)
    except NoBearer as error:
        hinted = _hinted(InvalidInput(error.message), found.name)
        renewed = error.renewed
        if renewed.auth:  # the old refresh token is spent
            token_store.save_with_retries(ws, found, renewed, lambda: _save(ws, found, renewed))
        raise hinted from None
    except Rejected as error:
        hinted = _hinted(error, found.name)
        _reject(ws, found, hinted)
        raise hinted from None
    except ConnectorsError as error:
        with ws.change(Action.CONNECTOR_REFRESH, found.name, {"id": found.id}):
            raise _hinted(error, found.name) from None
    token_store.save_with_retries(ws, found, response, lambda: _save(ws, found, response))


def _exit_note(ws: Workspace, found: OpenConnector) -> str:
    """Return the note shown after Ctrl-C during a refresh."""
    return "" if ws.settings.quiet else f"note: exiting once the tokens of {found.name} are saved"


def _save(ws: Workspace, found: OpenConnector, response: TokenResponse) -> None:
    """Save the new tokens, unless the user signed in again in the meantime."""
    details: dict[str, Any] = {"id": found.id, "fields": sorted(response.auth)}
    details |= {"scopes": list(response.scopes), "state": "refreshed"}
    with ws.change(Action.CONNECTOR_REFRESH, found.name, details, needs_key=True) as db:
        row = connector_row.find(db, ws, found.id)
        if token_store.is_current(ws, db, found, row):
            token_store.save_tokens(ws, db, row, response, by_person=False)
        else:
            details["state"] = "superseded"


def _reject(ws: Workspace, found: OpenConnector, error: ConnectorsError) -> None:
    details = {"id": found.id, "state": "rejected"}
    with ws.change(Action.CONNECTOR_REFRESH, found.name, details) as db:
        row = connector_row.find_live(db, ws, found.id)
        if row is not None and token_store.same_tokens(found.row["auth"], row.auth):
            token_store.note_rejection(db, row, error, clock.now())


def _hinted(error: ConnectorsError, name: str) -> ConnectorsError:
    """Return an error with a hint: try again after a temporary failure, else sign in again."""
    act = "refresh" if isinstance(error, Unreachable) else "login"
    return hints.hinted(error, name, f"connectors auth {act} NAME")


def _read(ws: Workspace, db: Database, name: str) -> _Candidate:
    row = sealed_connector(db, ws.tenant, name)
    entry = read_types.entry_with_key(db, ws.tenant, row["catalog_key"])
    more = connectors.show_connector(db, ws.tenant, row["id"], (("last_check", JSON),))
    check = only_row(more)["last_check"] or {}
    refused_at = check.get("at") if check.get("state") == "auth_failed" else None
    known = (row["id"], row["name"], entry, row["auth"], refused_at, row["auth_expires_at"])
    return _Candidate(*known, row["key_id"])


def _lease(candidate: _Candidate) -> str:
    return f"refresh:{candidate.id}"


def _refresh_one(
    ws: Workspace, one: SignInStatus, within: float | None, options: Options
) -> SignInStatus:
    try:
        state = refresh(ws, one.name, within=within, options=options, unknown=True)
    except ConnectorsError as error:
        name = {8: "unreachable", 9: "rejected"}.get(error.exit_code, "failed")
        return replace(
            one, state=name, message=error.message, hint=error.hint, code=error.exit_code
        )
    if state == "unsupported":
        return replace(one, message="cannot be refreshed; sign in again before it expires")
    return replace(one, state="refreshed") if state == "refreshed" else one


def _with_outcome(done: SignInStatus, now: SignInStatus) -> SignInStatus:
    """Return a connector's status after the refresh, with the outcome of the refresh."""
    if done.state == "refreshed":
        return replace(now, state="refreshed")
    if done.state in {"rejected", "unreachable", "failed"}:
        return replace(done, status=now.status, expires_at=now.expires_at)
    return replace(now, message=done.message or now.message)
