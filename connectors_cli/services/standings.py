"""How connectors stand with the services they sign in to, read without a key; and all refreshed."""

import shlex
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from connectors_cli import freshness, grants, oauth, reader, refreshing, remedies, stored
from connectors_cli.catalog import Entry
from connectors_cli.database import Database, open_for_reading
from connectors_cli.errors import ConnectorsError, UsageError
from connectors_cli.reader import INT, JSON, TEXT, Column
from connectors_cli.standing import Standing, Standings
from connectors_cli.workspace import Workspace

AT_ONCE = 16
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
_Row = dict[str, Any]


def choice(
    names: Sequence[str] | None, *, everything: bool, may_be_none: bool = False
) -> tuple[str, ...]:
    """Return the names that are meant, none for all; UsageError for none or two ways to say it."""
    if (everything and names) or not (everything or names or may_be_none):
        raise UsageError("name connectors, or choose them with --all")
    return tuple(names or ())


def standings(
    db: Database, tenant: str, names: Sequence[str] = (), within: float = 0.0
) -> Standings:
    """Return how these connectors stand, or all that sign in; one that ends soon needs a person.

    Raises NotFound for a name, and UsageError for one whose type has no sign-in.
    """
    known = reader.sign_ins(db, tenant)
    rows = _named(db, tenant, names) if names else _all(db, tenant, known)
    return Standings(
        tuple(_standing(row, entry, known.get(row["id"], {}), within) for row, entry in rows)
    )


def refresh_all(
    ws: Workspace, names: Sequence[str], within: float | None, options: oauth.Options
) -> Standings:
    """Refresh these connectors' tokens, or all that refresh themselves, several at a time.

    With `within` those that last longer are left alone.
    """
    db = open_for_reading(ws.settings.store)
    try:
        before = standings(db, ws.tenant, names).results
        chosen = [item for item in before if names or item.refreshes_itself]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = list(pool.map(lambda one: _refreshed(ws, one, within, options), chosen))
        after = standings(db, ws.tenant, [one.name for one in chosen]).results if chosen else ()
    finally:
        db.close()
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


def _named(db: Database, tenant: str, names: Sequence[str]) -> Iterator[tuple[_Row, Entry]]:
    for name in dict.fromkeys(names):
        row = reader.only_row(reader.show_connector(db, tenant, name, _COLUMNS))
        entry = stored.find_entry(db, row["catalog_key"])
        if not oauth.methods(entry):
            raise UsageError(
                f"{row['name']} is of type {entry.key}, which has no sign-in",
                hint=f"change its credentials with `connectors edit {shlex.quote(row['name'])}`",
            )
        yield row, entry


def _all(db: Database, tenant: str, known: dict[str, Any]) -> Iterator[tuple[_Row, Entry]]:
    """Yield every connector of a type that only signs in, and of others those that did."""
    entries: dict[str, Entry] = {}
    names = (("id", TEXT), ("catalog_key", TEXT))
    heads = list(reader.list_installed(db, tenant, names).rows)
    for connector_id, key in heads:
        if key not in entries:
            entries[key] = stored.find_entry(db, key)
        entry = entries[key]
        if oauth.methods(entry) and (entry.auth_type == "oauth" or connector_id in known):
            row = reader.show_connector(db, tenant, connector_id, _COLUMNS)
            yield reader.only_row(row), entry


def _standing(row: _Row, entry: Entry, how: dict[str, Any], within: float) -> Standing:
    held = dict.fromkeys(row["auth_fields"], True)
    itself = oauth.can_refresh(entry, held)
    state = _state(row, entry, within, itself=itself)
    check = row["last_check"] or {}
    how = {} if state == "signed_out" else how
    rejected = state == "rejected"
    return Standing(
        name=row["name"],
        catalog_key=row["catalog_key"],
        state=state,
        status=row["status"],
        method=how.get("method"),
        scopes=tuple(how.get("scopes", ())),
        account=check.get("account") or row["config"].get("account_label"),
        expires_at=row["auth_expires_at"],
        refreshes_itself=itself,
        message=check.get("message") if rejected else None,
        hint=None if state == "signed_in" else remedies.sign_in(row["name"]),
    )


def _state(row: _Row, entry: Entry, within: float, *, itself: bool) -> str:
    if grants.needs_sign_in(entry, row["auth_fields"]):
        return "signed_out"
    if (row["last_check"] or {}).get("state") == "auth_failed" or row["status"] == "error":
        return "rejected"
    if itself or not freshness.is_due(row["auth_expires_at"], within):
        return "signed_in"
    return "expired" if freshness.is_due(row["auth_expires_at"], 0.0) else "expiring"
