"""What a sign-in grants: sealed into a connector's row, and taken out of it again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

from connectors_cli import filling, records, remedies
from connectors_cli.catalog import Entry
from connectors_cli.errors import ConnectorsError, InvalidInput, Problem
from connectors_cli.forms.validation import problems
from connectors_cli.oauth import Granted
from connectors_cli.tables import Connector
from connectors_cli.workspace import Workspace

_TOKENS = ("refresh_token", "access_token")


@dataclass(frozen=True, slots=True)
class Opened:
    """A connector as a sign-in finds it, its credentials open."""

    id: str
    name: str
    entry: Entry
    config: dict[str, Any]
    auth: dict[str, Any] = field(repr=False)
    sealed: dict[str, str] = field(repr=False)


def opened(ws: Workspace, session: Session, name: str) -> Opened:
    """Return a connector, its seal checked; NotFound, KeyProblem, Tampered."""
    row = records.find(session, ws, name)
    entry = ws.entry(session, records.type_key(session, row))
    auth = records.open_connector(ws, session, row)
    return Opened(row.id, row.name, entry, dict(row.config), auth, dict(row.auth))


def put(
    ws: Workspace, session: Session, row: Connector, granted: Granted, *, by_person: bool
) -> None:
    """Seal what was granted into a row; all else of it stays.

    What is empty overwrites nothing, and a new token without an end takes the old one's end away.
    A person who signs in may be another one than before: nothing of an earlier sign-in stays. An
    `error` ends. InvalidInput where a value does not fit the type.
    """
    entry = ws.entry(session, records.type_key(session, row))
    vault = ws.vault(session, row.key_id)
    auth = vault.open_row(records.sealed(session, row))
    given, config = _filled(granted.auth), {**row.config, **_filled(granted.config)}
    ended = {filling.EXPIRY} if "access_token" in given else set()
    ended |= filling.filled(entry) if by_person else set()
    kept = {name: value for name, value in auth.items() if name not in ended}
    wanted = {**kept, **given}
    _check(entry, (config, wanted), {*given, *granted.config})
    row.config = config
    records.seal(row, vault, wanted, keep=auth)
    row.auth_mac = vault.row_mac(records.sealed(session, row))
    row.auth_expires_at = granted.expires_at
    _mend(row)
    if by_person:
        row.last_check = None  # it was of whoever was signed in before
    _touch(ws, row, by_person=by_person)


def clear(ws: Workspace, session: Session, row: Connector) -> tuple[str, ...]:
    """Take out of a row what signing in filled; an active connector is no target from then on.

    The app that signing in registered stays, for the next time. Returns the fields' names.
    """
    entry = ws.entry(session, records.type_key(session, row))
    vault = ws.vault(session, row.key_id)
    auth = vault.open_row(records.sealed(session, row))
    gone = tuple(name for name in auth if name in filling.filled(entry))
    if not gone:
        return ()
    records.seal(row, vault, {n: v for n, v in auth.items() if n not in gone}, keep=auth)
    row.auth_mac = vault.row_mac(records.sealed(session, row))
    row.auth_expires_at = None
    if row.status == "active":
        row.status = "error"
    _touch(ws, row, by_person=True)
    return gone


def reject(row: Connector, refused: ConnectorsError, at: str) -> None:
    """Note that the service takes the sign-in no longer: an active connector turns to `error`."""
    _turn(row, "auth_failed")
    row.last_check = {
        "at": at,
        "state": "auth_failed",
        "message": refused.message,
        "account": (row.last_check or {}).get("account"),
        "http_status": None,
        "latency_ms": None,
        "hint": refused.hint or remedies.sign_in(row.name),
    }


def same_tokens(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Tell whether a connector's tokens are those that it had."""
    return all(before.get(name) == after.get(name) for name in _TOKENS)


def is_current(ws: Workspace, session: Session, found: Opened, row: Connector) -> bool:
    """Tell whether a connector's tokens are still those it was opened with.

    They are so too where a new key sealed them meanwhile.
    """
    if same_tokens(found.sealed, row.auth):
        return True
    return same_tokens(found.auth, records.open_connector(ws, session, row))


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _check(entry: Entry, values: tuple[dict[str, Any], dict[str, Any]], given: set[str]) -> None:
    """Raise InvalidInput where a value that was granted does not fit; others were there before."""
    config, auth = values
    found: Iterable[Problem] = (
        *problems(entry.config_schema, config),
        *problems(entry.auth_schema, auth),
    )
    for problem in found:
        if problem.path and problem.path[0] in given:
            raise InvalidInput(f"what the service granted does not fit: {problem.sentence}")


def _mend(row: Connector) -> None:
    _turn(row, "ok")
    if (row.last_check or {}).get("state") == "auth_failed":
        row.last_check = None


def _turn(row: Connector, state: str) -> None:
    before, after = remedies.turn(state)
    row.status = after if row.status == before else row.status


def _touch(ws: Workspace, row: Connector, *, by_person: bool) -> None:
    row.version += 1
    if by_person:
        row.updated_at = datetime.now(UTC)
        row.updated_by_email, row.updated_by_name = ws.actor.email, ws.actor.name
