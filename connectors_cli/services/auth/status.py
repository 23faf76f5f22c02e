"""The sign-in status of connectors, read without a key."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from connectors_cli.catalog import sign_in
from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import UsageError, shared_code
from connectors_cli.oauth import actions
from connectors_cli.services import hints
from connectors_cli.services.output import Bulk
from connectors_cli.store.read import connectors
from connectors_cli.store.read import types as read_types
from connectors_cli.store.read.database import Database, as_text
from connectors_cli.store.read.rows import BOOL, INT, JSON, TEXT, Column, Rows, only_row
from connectors_cli.store.read.sealed import unreadable
from connectors_cli.system import clock
from connectors_cli.system.record import Record
from connectors_cli.system.text import command_line

EXIT_CODES = {
    "signed_in": 0,
    "refreshed": 0,
    "expiring": 9,
    "expired": 9,
    "rejected": 9,
    "signed_out": 9,
    "unreachable": 8,
    "unreadable": 7,
    "failed": 1,
}
_EVENTS = (
    "SELECT action, {details} FROM events WHERE tenant_id = ? AND outcome = 'ok' AND action IN"
    " ('connector.login', 'connector.refresh', 'connector.logout', 'connector.reset',"
    " 'connector.update') ORDER BY id"
)
_OTHER_FIELDS = frozenset({"refresh_token", "expires_at"})
"""The fields that a sign-in fills in addition to the credential itself."""
_COLUMNS: tuple[Column, ...] = (
    ("id", TEXT),
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("status", TEXT),
    ("config", JSON),
    ("auth_fields", JSON),
    ("auth_expires_at", TEXT),
    ("last_check", JSON),
    ("version", INT),
)
_SHOWN: tuple[Column, ...] = (
    ("name", TEXT),
    ("catalog_key", TEXT),
    ("state", TEXT),
    ("status", TEXT),
    ("method", TEXT),
    ("scopes", JSON),
    ("account", TEXT),
    ("expires_at", TEXT),
    ("refreshes_itself", BOOL),
    ("message", TEXT),
    ("hint", TEXT),
)
_Row = dict[str, Any]


class SignInStatus(Record):
    """One connector's sign-in: its method and expiry, and the next command to run as the hint.

    `refreshes_itself`: its next token can be requested without the user.
    """

    name: str
    catalog_key: str
    state: str
    status: str
    method: str | None = None
    scopes: tuple[str, ...] = ()
    account: str | None = None
    expires_at: str | None = None
    refreshes_itself: bool = False
    message: str | None = None
    hint: str | None = None
    code: int | None = None

    @property
    def exit_code(self) -> int:
        """The exit code for this connector alone."""
        return EXIT_CODES[self.state] if self.code is None else self.code

    def as_object(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {
            "name": self.name,
            "catalog_key": self.catalog_key,
            "state": self.state,
            "status": self.status,
            "method": self.method,
            "scopes": list(self.scopes),
            "account": self.account,
            "expires_at": self.expires_at,
            "refreshes_itself": self.refreshes_itself,
            "message": self.message,
            "hint": self.hint,
        }


class SignInStatuses(Bulk, Record):
    """The sign-in status of several connectors."""

    columns = _SHOWN
    brief = "name,state,method,account,expires_at,refreshes_itself,message"

    results: tuple[SignInStatus, ...]

    @property
    def exit_code(self) -> int:
        """The exit code: 0, or the code that all failures share, or 1."""
        return shared_code(item.exit_code for item in self.results)

    @property
    def summary(self) -> dict[str, int]:
        """The number of connectors, in total and in each state."""
        states = [item.state for item in self.results]
        return {"total": len(states), **{state: states.count(state) for state in EXIT_CODES}}


def sign_ins(db: Database, tenant: str) -> dict[str, dict[str, Any]]:
    """Return the method and scopes of a tenant's sign-ins, by connector id, from the log.

    A sign-in ends when its credential is removed or replaced by hand.
    """
    found: dict[str, dict[str, Any]] = {}
    given: dict[str, frozenset[str]] = {}
    for action, details in _events(db, tenant):
        connector_id, state = details.get("id", ""), details.get("state")
        fields = frozenset(details.get("fields") or ()) - _OTHER_FIELDS
        if action in {"connector.login", "connector.refresh"}:
            if state == "begun":
                continue  # it may have failed
            before = {} if state == "signed_in" else found.get(connector_id, {})
            known = {name: details[name] for name in ("method", "scopes") if details.get(name)}
            found[connector_id] = {**before, **known}
            given[connector_id] = fields or given.get(connector_id, fields)
        elif not fields.isdisjoint(given.get(connector_id, ())):
            del found[connector_id], given[connector_id]
    return found


def choice(
    names: Sequence[str] | None, *, everything: bool, may_be_none: bool = False
) -> tuple[str, ...]:
    """Return the chosen names; empty means all.

    Raises:
        UsageError: neither names nor --all were given, or both.
    """
    if (everything and names) or not (everything or names or may_be_none):
        raise UsageError("name connectors, or pass --all")
    return tuple(names or ())


def sign_in_statuses(
    db: Database, tenant: str, names: Sequence[str] = (), within: float = 0.0
) -> SignInStatuses:
    """Return the sign-in status of the named connectors, or of all that have a sign-in.

    A sign-in that cannot be refreshed and expires within `within` seconds is `expiring`.

    Raises:
        NotFound: there is no such connector.
        UsageError: the type of a named connector has no sign-in.
    """
    known = sign_ins(db, tenant)
    rows = _named(db, tenant, names) if names else _all(db, tenant, known)
    return SignInStatuses(
        tuple(_status_of(row, entry, known.get(row["id"], {}), within) for row, entry in rows)
    )


def _events(db: Database, tenant: str) -> Iterator[tuple[str, dict[str, Any]]]:
    sql = _EVENTS.format(details=as_text(db.dialect, "details"))
    return ((action, json.loads(text)) for action, text in db.rows(sql, (tenant,)))


def _named(db: Database, tenant: str, names: Sequence[str]) -> Iterator[tuple[_Row, Entry]]:
    seen = set()
    for name in names:
        row = only_row(connectors.show_connector(db, tenant, name, _COLUMNS))
        if row["id"] in seen:
            continue
        seen.add(row["id"])
        entry = read_types.entry_with_key(db, tenant, row["catalog_key"])
        if not actions.methods(entry):
            raise UsageError(
                f"{row['name']} has type {entry.key}, which has no sign-in",
                hint=f"to change its credentials: {command_line('edit', row['name'])}",
            )
        yield row, entry


def _all(db: Database, tenant: str, known: dict[str, Any]) -> Iterator[tuple[_Row, Entry]]:
    """Yield connectors whose type needs a sign-in, and others that have one or lack one."""
    found = []
    for key in connectors.types_in_use(db, tenant):
        entry = read_types.entry_with_key(db, tenant, key)
        if actions.methods(entry):
            found += [(row, entry) for row in _of_type(db, tenant, entry, known)]
    yield from sorted(found, key=lambda each: str(each[0]["name"]).encode("utf-8", "replace"))


def _of_type(db: Database, tenant: str, entry: Entry, known: dict[str, Any]) -> Iterator[_Row]:
    """Yield the connectors of one type; for types that can do without a sign-in only some."""
    if entry.auth_type == "oauth":
        rows = connectors.list_installed(db, tenant, _COLUMNS, type=entry.key)
        yield from (only_row(Rows(rows.kind, _COLUMNS, iter((row,)))) for row in rows.rows)
        return
    fields = sign_in.essential_fields(entry)
    lacking = connectors.ids_without(db, tenant, entry.key, fields) if fields else []
    signed_in = connectors.installed_of(db, tenant, entry.key, list(known))
    for row_id in dict.fromkeys((*signed_in, *lacking)):
        row = only_row(connectors.show_connector(db, tenant, row_id, _COLUMNS))
        if row_id in known or _lacks_sign_in(row, entry):
            yield row


def _lacks_sign_in(row: _Row, entry: Entry) -> bool:
    held = row["auth_fields"]
    return isinstance(held, list) and sign_in.needs_sign_in(entry, held)


def _status_of(row: _Row, entry: Entry, how: dict[str, Any], within: float) -> SignInStatus:
    if not isinstance(row["config"], dict) or not isinstance(row["auth_fields"], list):
        damage = unreadable(row["name"])
        known = (row["name"], entry.key, "unreadable", row["status"])
        return SignInStatus(*known, message=damage.message, hint=damage.hint)
    held = dict.fromkeys(row["auth_fields"], True)
    itself = actions.can_refresh(entry, held)
    state = _state(row, entry, within, itself=itself)
    check = row["last_check"] or {}
    how = {} if state == "signed_out" else how
    rejected = state == "rejected"
    return SignInStatus(
        name=row["name"],
        catalog_key=row["catalog_key"],
        state=state,
        status=row["status"],
        method=how.get("method"),
        scopes=tuple(how.get("scopes", ())),
        account=check.get("account") or row["config"].get("account_label"),
        expires_at=row["auth_expires_at"] if isinstance(row["auth_expires_at"], str) else None,
        refreshes_itself=itself,
        message=check.get("message") if rejected else None,
        hint=None if state == "signed_in" else hints.sign_in(row["name"]),
    )


def _state(row: _Row, entry: Entry, within: float, *, itself: bool) -> str:
    if sign_in.needs_sign_in(entry, row["auth_fields"]):
        return "signed_out"
    if (row["last_check"] or {}).get("state") == "auth_failed" or row["status"] == "error":
        return "rejected"
    if itself or not clock.expires_within(row["auth_expires_at"], within):
        return "signed_in"
    return "expired" if clock.expires_within(row["auth_expires_at"], 0.0) else "expiring"
