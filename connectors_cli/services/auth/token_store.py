"""The tokens of a sign-in: sealed into a connector's row, replaced, and removed."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from connectors_cli.catalog import sign_in
from connectors_cli.catalog.addresses import Addresses
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import (
    ConnectorsError,
    Damaged,
    InvalidInput,
    KeyProblem,
    Newer,
    NotPermitted,
    Problem,
    Rejected,
    StoreError,
)
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.services import connector_row, hints
from connectors_cli.services.opener import OpenConnector
from connectors_cli.services.results import Check
from connectors_cli.services.workspace import Workspace
from connectors_cli.store.read.database import Database
from connectors_cli.store.write import connectors as rows
from connectors_cli.store.write.connectors import ConnectorRow
from connectors_cli.store.write.transaction import Transaction
from connectors_cli.system import clock

PATIENCE = 180.0
"""How many seconds to retry while the store cannot be written."""
_PAUSE = 0.5
_TOKENS = ("refresh_token", "access_token")
T = TypeVar("T")


def open_connector(ws: Workspace, db: Database, name: str) -> OpenConnector:
    """Return a connector with its credentials.

    Raises:
        NotFound: there is no such connector.
        KeyProblem, Tampered: its credentials cannot be opened.
    """
    return connector_row.open_row(ws, db, connector_row.find(db, ws, name))


def save_tokens(
    ws: Workspace,
    db: Transaction,
    row: ConnectorRow,
    response: TokenResponse,
    *,
    by_person: bool,
    check: Check | None = None,
) -> None:
    """Seal new tokens into a row; the rest of it is unchanged, and the status `error` ends.

    `check` is the test of the new tokens after a sign-in by a person.

    Empty values overwrite nothing. A new access token without an expiry removes the old expiry.
    After a sign-in by a person nothing of the earlier sign-in stays: it can be another account.

    Raises:
        InvalidInput: a value does not fit the type.
        KeyProblem, Tampered: the row cannot be opened.
    """
    opener = ws.opener(db)
    found = opener.open(opener.stored(row.tenant_id, row.id))
    entry, auth = found.entry, found.auth
    given, config = _filled(response.auth), {**row.config, **_filled(response.config)}
    ended = {sign_in.EXPIRY} if "access_token" in given else set()
    ended |= sign_in.filled_by_sign_in(entry) if by_person else set()
    kept = {name: value for name, value in auth.items() if name not in ended}
    wanted = {**kept, **given}
    _check(entry, (config, wanted), {*given, *response.config})
    row.config = config
    keep = {name: value for name, value in auth.items() if name not in given}
    fields = frozenset(given) | sign_in.granted_fields(entry)
    grant = connector_row.Grant(fields, Addresses(entry).origins(config))
    connector_row.seal(row, opener, wanted, keep=keep, grant=grant)
    if "access_token" in given or by_person:
        row.auth_expires_at = clock.as_text(response.expires_at) if response.expires_at else None
        _mend(row)
    if by_person:
        row.last_check = _last_check(row, check)
    _touch(db, ws, row, by_person=by_person)
    rows.save(db, row)


def remove_tokens(ws: Workspace, db: Transaction, row: ConnectorRow) -> tuple[str, ...]:
    """Remove the fields that a sign-in filled; return their names.

    An active connector gets the status `error`, so it is no longer a publish target. An app that
    the sign-in registered stays for the next sign-in.
    """
    opener = ws.opener(db)
    found = opener.open(opener.stored(row.tenant_id, row.id))
    filled = sign_in.filled_by_sign_in(found.entry)
    gone = tuple(name for name in found.auth if name in filled)
    if not gone:
        return ()
    kept = {name: value for name, value in found.auth.items() if name not in gone}
    connector_row.seal(row, opener, kept, keep=found.auth)
    row.auth_expires_at = None
    if row.status == "active":
        row.status = "error"
    _touch(db, ws, row, by_person=True)
    rows.save(db, row)
    return gone


def note_rejection(db: Transaction, row: ConnectorRow, refused: ConnectorsError, at: str) -> None:
    """Note that the service no longer accepts the sign-in; an active connector becomes `error`."""
    _turn(row, "auth_failed")
    row.last_check = {
        "at": at,
        "state": "auth_failed",
        "message": refused.message,
        "account": (row.last_check or {}).get("account"),
        "http_status": None,
        "latency_ms": None,
        "hint": refused.hint or hints.sign_in(row.name),
    }
    rows.save(db, row)


def same_tokens(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Return whether two versions of a connector's sealed or open values have the same tokens."""
    return all(before.get(name) == after.get(name) for name in _TOKENS)


def is_current(ws: Workspace, db: Database, found: OpenConnector, row: ConnectorRow) -> bool:
    """Return whether a row still has the tokens of an opened connector.

    A rotation in the meantime, which seals them with a new key, does not count as a change.
    """
    if same_tokens(found.row["auth"], row.auth):
        return True
    return same_tokens(found.auth, connector_row.open_row(ws, db, row).auth)


def save_with_retries(
    ws: Workspace, found: OpenConnector, response: TokenResponse, save: Callable[[], T]
) -> T:
    """Save new tokens; retry while the store is locked, because a service issues them only once.

    Raises:
        Rejected: they could not be saved, and the old refresh token is probably spent.
        ConnectorsError: they could not be saved; the error has the type of its cause.
    """
    deadline, is_noted = time.monotonic() + PATIENCE, False
    while True:
        try:
            return save()
        except (Damaged, Newer, KeyProblem, NotPermitted) as error:
            raise _not_saved(found, response, error) from None
        except StoreError as error:
            if time.monotonic() >= deadline:
                raise _not_saved(found, response, error) from None
            if not is_noted:
                _note_retries(ws, found, error)
                is_noted = True
        time.sleep(_PAUSE)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "")}


def _check(entry: Entry, values: tuple[dict[str, Any], dict[str, Any]], given: set[str]) -> None:
    """Check the new values against the type; older values are not checked again."""
    from connectors_cli.forms.validation import problems  # slow to import

    config, auth = values
    found: Iterable[Problem] = (
        *problems(entry.config_schema, config),
        *problems(entry.auth_schema, auth),
    )
    for problem in found:
        if problem.path and problem.path[0] in given:
            raise InvalidInput(f"the answer of the service does not fit: {problem.sentence}")


def _mend(row: ConnectorRow) -> None:
    _turn(row, "ok")
    if (row.last_check or {}).get("state") == "auth_failed":
        row.last_check = None


def _turn(row: ConnectorRow, state: str) -> None:
    before, after = hints.turn(state)
    row.status = after if row.status == before else row.status


def _last_check(row: ConnectorRow, check: Check | None) -> dict[str, Any] | None:
    """Return the last test after a sign-in: that of its tokens, else only the account known."""
    known = row.last_check or {}
    if check is None or not (check.state == "ok" or known.get("account")):
        return None
    return check.as_last_check(known)


def _touch(db: Transaction, ws: Workspace, row: ConnectorRow, *, by_person: bool) -> None:
    row.version += 1
    if by_person:
        row.updated_at = db.now()
        row.updated_by_email, row.updated_by_name = ws.actor.email, ws.actor.name


def _note_retries(ws: Workspace, found: OpenConnector, error: StoreError) -> None:
    if ws.settings.quiet or sys.stderr is None:
        return
    waits = f"retrying for up to {PATIENCE:.0f} s to save the new tokens from {found.entry.name}"
    sys.stderr.write(f"note: {found.name}: {error.message}; {waits}\n")
    sys.stderr.flush()


def _not_saved(
    found: OpenConnector, response: TokenResponse, error: ConnectorsError
) -> ConnectorsError:
    """Return the error for tokens that could not be saved."""
    following = response.auth.get("refresh_token")
    is_spent = "refresh_token" in found.auth and following not in {
        None,
        found.auth["refresh_token"],
    }
    what = f"the new tokens from {found.entry.name} could not be saved: {error.message}"
    if is_spent:
        text = f"{what}; the stored refresh token may no longer be valid: sign in again"
        return Rejected(text, hint=hints.sign_in(found.name))
    return type(error)(f"{what}; nothing was changed", hint=error.hint)
