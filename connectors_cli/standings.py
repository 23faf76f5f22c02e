"""How connectors stand with the services they sign in to, read without a key."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from connectors_cli import filling, freshness, oauth, reader, remedies, stored
from connectors_cli.catalog import Entry
from connectors_cli.database import Database
from connectors_cli.errors import UsageError
from connectors_cli.rows import INT, JSON, TEXT, Column, only_row
from connectors_cli.sealed import unreadable
from connectors_cli.sign_ins import sign_ins
from connectors_cli.standing import Standing, Standings

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
    known = sign_ins(db, tenant)
    rows = _named(db, tenant, names) if names else _all(db, tenant, known)
    return Standings(
        tuple(_standing(row, entry, known.get(row["id"], {}), within) for row, entry in rows)
    )


def _named(db: Database, tenant: str, names: Sequence[str]) -> Iterator[tuple[_Row, Entry]]:
    seen = set()
    for name in names:
        row = only_row(reader.show_connector(db, tenant, name, _COLUMNS))
        if row["id"] in seen:
            continue
        seen.add(row["id"])
        entry = stored.find_entry(db, row["catalog_key"])
        if not oauth.methods(entry):
            raise UsageError(
                f"{row['name']} is of type {entry.key}, which has no sign-in",
                hint=f"change its credentials with `connectors edit {shlex.quote(row['name'])}`",
            )
        yield row, entry


def _all(db: Database, tenant: str, known: dict[str, Any]) -> Iterator[tuple[_Row, Entry]]:
    """Yield every connector of a type that only signs in; of others those that did or have to."""
    entries: dict[str, Entry] = {}
    names = (("id", TEXT), ("catalog_key", TEXT))
    heads = list(reader.list_installed(db, tenant, names).rows)
    for connector_id, key in heads:
        if key not in entries:
            entries[key] = stored.find_entry(db, key)
        entry = entries[key]
        if not oauth.methods(entry):
            continue
        row = only_row(reader.show_connector(db, tenant, connector_id, _COLUMNS))
        if entry.auth_type == "oauth" or connector_id in known or _lacks_sign_in(row, entry):
            yield row, entry


def _lacks_sign_in(row: _Row, entry: Entry) -> bool:
    held = row["auth_fields"]
    return isinstance(held, list) and filling.needs_sign_in(entry, held)


def _standing(row: _Row, entry: Entry, how: dict[str, Any], within: float) -> Standing:
    if not isinstance(row["config"], dict) or not isinstance(row["auth_fields"], list):
        damage = unreadable(row["name"])
        known = (row["name"], entry.key, "unreadable", row["status"])
        return Standing(*known, message=damage.message, hint=damage.hint)
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
        expires_at=row["auth_expires_at"] if isinstance(row["auth_expires_at"], str) else None,
        refreshes_itself=itself,
        message=check.get("message") if rejected else None,
        hint=None if state == "signed_in" else remedies.sign_in(row["name"]),
    )


def _state(row: _Row, entry: Entry, within: float, *, itself: bool) -> str:
    if filling.needs_sign_in(entry, row["auth_fields"]):
        return "signed_out"
    if (row["last_check"] or {}).get("state") == "auth_failed" or row["status"] == "error":
        return "rejected"
    if itself or not freshness.is_due(row["auth_expires_at"], within):
        return "signed_in"
    return "expired" if freshness.is_due(row["auth_expires_at"], 0.0) else "expiring"
