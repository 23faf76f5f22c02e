"""The next access token: fetched by one process at a time, saved before anybody has it."""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

from connectors_cli import (
    filling,
    grants,
    interruptions,
    journal,
    keeping,
    leases,
    oauth,
    reader,
    records,
    remedies,
    stored,
)
from connectors_cli.access import Action
from connectors_cli.catalog import Entry
from connectors_cli.database import Database, open_for_reading
from connectors_cli.errors import Cancelled, ConnectorsError, Rejected, Unreachable
from connectors_cli.freshness import SKEW, is_due
from connectors_cli.oauth import Granted, Options
from connectors_cli.rows import JSON, only_row
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import BUSY_SECONDS, Settings
from connectors_cli.vault import check_clock
from connectors_cli.workspace import Workspace

State = Literal["refreshed", "fresh", "unsupported"]
POLL = 0.1
PATIENCE = leases.SECONDS + 10
"""How many seconds another process that refreshes is waited for."""
LEASE = leases.SECONDS + keeping.PATIENCE + 2 * BUSY_SECONDS
"""How long a refresh can take: one request, and saving its answer in a store that is held up."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A connector as it was when a refresh was thought of; nothing is opened."""

    id: str
    name: str
    entry: Entry
    auth: dict[str, str]
    refused_at: str | None
    expires_at: str | None
    key_id: str


def before_use(settings: Settings, connector_id: str, fields: tuple[str, ...] = ()) -> None:
    """Refresh a connector's token where it is due, before these of its fields (or all) are used.

    Raises Unreachable and Rejected, which name the connector; then nothing may be handed out.
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
    within: float | None = SKEW,
    options: Options | None = None,
    fields: tuple[str, ...] = (),
) -> State:
    """Refresh a connector's token if it ends within so many seconds; None is in any case.

    However many processes want it, one asks the service, under a lease; the others wait and take
    what it saved. Raises Rejected (the connector is in `error` then), Unreachable, and whatever
    keeps a connector closed.
    """
    ws.fetch_keys()
    with closing(open_for_reading(ws.settings.store)) as db:
        seen = _look(ws, db, name)
        if within is not None and not is_due(seen.expires_at, within):
            return "fresh"
        if not oauth.can_refresh(seen.entry, seen.auth):
            return "unsupported"
        if fields and filling.filled(seen.entry).isdisjoint(fields):
            return "fresh"
        return _in_turn(ws, db, seen, options or Options())


def _in_turn(ws: Workspace, db: Database, seen: _Seen, options: Options) -> State:
    """Refresh under the connector's lease, or find that another process did."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with leases.held(ws.store, _lease(seen), LEASE) as holder:
            now = _look(ws, db, seen.id)
            if now.key_id == seen.key_id and not grants.same_tokens(seen.auth, now.auth):
                return "refreshed"
            if now.refused_at not in {None, seen.refused_at}:
                raise _hinted(Rejected("the sign-in is no longer taken"), seen.name)
            if holder and _refresh(ws, seen, options, holder):
                return "refreshed"
        time.sleep(POLL)
    raise Unreachable(
        f"another process has been refreshing {seen.name} for {PATIENCE:.0f} s",
        hint=f"try again, or look with `connectors auth status {seen.name}`",
    )


def _refresh(ws: Workspace, seen: _Seen, options: Options, holder: str) -> bool:
    """Ask the service and save what it grants; that credentials leave is recorded before.

    The lease lasts from then on, however long the store was waited for; False where another
    process has it by now: then nobody was asked.
    """
    check_clock()
    details: dict[str, Any] = {"id": seen.id, "for": "refresh", "fields": sorted(seen.auth)}
    with ws.change(Action.CONNECTOR_USE, seen.name, details, needs_key=True) as session:
        found = grants.opened(ws, session, seen.id)
        is_ours = leases.renew(session, _lease(seen), holder, LEASE)
    if not is_ours:
        return False
    is_saved = False
    try:
        with interruptions.finishing(_leaving(ws, found)):
            _exchange(ws, found, options)
            is_saved = True
    except KeyboardInterrupt:
        what = f"the new tokens of {found.name} are saved"
        raise Cancelled(f"left: {what}" if is_saved else "left") from None
    return True


def _exchange(ws: Workspace, found: grants.Opened, options: Options) -> None:
    """Get the next tokens and save them: a refresh token that was taken is good no more."""
    try:
        granted = oauth.refresh(found.entry, found.config, found.auth, options)
    except Rejected as error:
        told = _hinted(error, found.name)
        _reject(ws, found, told)
        raise told from None
    except ConnectorsError as error:
        with ws.change(Action.CONNECTOR_REFRESH, found.name, {"id": found.id}):
            raise _hinted(error, found.name) from None
    keeping.keep(ws, found, granted, lambda: _save(ws, found, granted))


def _leaving(ws: Workspace, found: grants.Opened) -> str:
    """Return what who wants to leave meanwhile is told."""
    return "" if ws.settings.quiet else f"note: leaving once {found.name} has its next tokens"


def _save(ws: Workspace, found: grants.Opened, granted: Granted) -> None:
    """Seal what was granted, unless somebody signed in anew meanwhile: then that counts."""
    details: dict[str, Any] = {"id": found.id, "fields": sorted(granted.auth)}
    details |= {"scopes": list(granted.scopes), "state": "refreshed"}
    with ws.change(Action.CONNECTOR_REFRESH, found.name, details, needs_key=True) as session:
        row = records.find(session, ws, found.id)
        if grants.is_current(ws, session, found, row):
            grants.put(ws, session, row, granted, by_person=False)
        else:
            details["state"] = "superseded"


def _reject(ws: Workspace, found: grants.Opened, error: ConnectorsError) -> None:
    details = {"id": found.id, "state": "rejected"}
    with ws.change(Action.CONNECTOR_REFRESH, found.name, details) as session:
        row = records.find_live(session, ws, found.id)
        if row is not None and grants.same_tokens(found.sealed, row.auth):
            grants.reject(row, error, journal.now())


def _hinted(error: ConnectorsError, name: str) -> ConnectorsError:
    """Return an error with what to type: sign in again, or, of what may pass, try again."""
    act = "refresh" if isinstance(error, Unreachable) else "login"
    return remedies.hinted(error, name, f"connectors auth {act} NAME")


def _look(ws: Workspace, db: Database, name: str) -> _Seen:
    row = sealed_connector(db, ws.tenant, name)
    entry = stored.find_entry(db, row["catalog_key"])
    more = reader.show_connector(db, ws.tenant, row["id"], (("last_check", JSON),))
    check = only_row(more)["last_check"] or {}
    refused_at = check.get("at") if check.get("state") == "auth_failed" else None
    known = (row["id"], row["name"], entry, row["auth"], refused_at, row["auth_expires_at"])
    return _Seen(*known, row["key_id"])


def _lease(seen: _Seen) -> str:
    return f"refresh:{seen.id}"
