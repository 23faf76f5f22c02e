"""Tokens of many connectors refreshed, several at a time, and how each stands after."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from connectors_cli import interruptions, oauth, recording, refreshing
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import ConnectorsError
from connectors_cli.standing import Standing, Standings
from connectors_cli.standings import standings
from connectors_cli.workspace import Workspace

AT_ONCE = 16


def refresh_all(
    ws: Workspace, names: Sequence[str], within: float | None, options: oauth.Options
) -> Standings:
    """Refresh these connectors' tokens, or all that refresh themselves, several at a time.

    With `within` those that last longer are left alone. Raises NotPermitted, which is recorded,
    before anything is looked at.
    """
    subject = ", ".join(names) or "all"
    recording.allow(ws.settings, ws.actor, Action.CONNECTOR_REFRESH, subject)
    with closing(open_for_reading(ws.settings.store)) as db:
        before = standings(db, ws.tenant, names).results
        chosen = [item for item in before if names or item.refreshes_itself]
        with interruptions.heeded(), ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda one: _refreshed(ws, one, within, options), chosen))
        after = standings(db, ws.tenant, [one.name for one in chosen]).results if chosen else ()
    return Standings(tuple(_after(old, new) for old, new in zip(done, after, strict=True)))


def _refreshed(
    ws: Workspace, one: Standing, within: float | None, options: oauth.Options
) -> Standing:
    try:
        state = refreshing.refresh(ws, one.name, within=within, options=options)
    except ConnectorsError as error:
        name = {8: "unreachable", 9: "rejected"}.get(error.exit_code, "failed")
        return replace(
            one, state=name, message=error.message, hint=error.hint, code=error.exit_code
        )
    if state == "unsupported":
        return replace(one, message="it cannot be refreshed: sign in again before it ends")
    return replace(one, state="refreshed") if state == "refreshed" else one


def _after(done: Standing, now: Standing) -> Standing:
    """Return how a connector stands now, with what its refresh came to."""
    if done.state == "refreshed":
        return replace(now, state="refreshed")
    if done.state in {"rejected", "unreachable", "failed"}:
        return replace(done, status=now.status, expires_at=now.expires_at)
    return replace(now, message=done.message or now.message)
