"""The credentials that signing in fills, read from the catalog entry."""

from __future__ import annotations

from connectors_cli.catalog.fields import flow_fields, required_names

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from connectors_cli.catalog.entry import Entry

EXPIRY = "expires_at"


def filled_by_sign_in(entry: Entry) -> frozenset[str]:
    """Return the credentials that a sign-in replaces: tokens and their expiry, or a password."""
    oauth, properties = entry.oauth or {}, entry.auth_schema.get("properties", {})
    flow = flow_fields(entry)
    registered = _targets((oauth.get("registration") or {}).get("save", {}))
    filled = {name for name in flow - registered if name in properties}
    saved = _targets(oauth.get("save", {})) & set(properties)
    if saved:
        from connectors_cli.forms.secrets import is_secret  # slow to import

        filled |= {name for name in saved if is_secret(properties[name])}
    return frozenset(filled)


def granted_fields(entry: Entry) -> frozenset[str]:
    """Return the credentials that only a service gives: tokens, and an app it registered."""
    return flow_fields(entry) & frozenset(entry.auth_schema.get("properties", {}))


def needs_sign_in(entry: Entry, held: Iterable[str]) -> bool:
    """Return whether a connector with the credentials `held` lacks all that a sign-in gives."""
    essential = essential_fields(entry)
    return bool(essential) and essential.isdisjoint(held)


def essential_fields(entry: Entry) -> frozenset[str]:
    """Return the credentials that a sign-in gives, without what only renews or dates them."""
    return filled_by_sign_in(entry) - {"refresh_token", EXPIRY}


def status_of(entry: Entry, held: Iterable[str], wanted: str) -> str:
    """Return the status to save: one that is active but not signed in is `error`, no target.

    The sign-in activates it, as it does one that was signed out.
    """
    return "error" if wanted == "active" and needs_sign_in(entry, held) else wanted


def expiry_in(auth: Mapping[str, Any]) -> datetime | None:
    """Return when the access token in credentials expires, if they say so."""
    from connectors_cli.system.clock import parse

    text = auth.get(EXPIRY)
    try:
        return parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def before_sign_in(entry: Entry) -> Entry:
    """Return the type without the fields that signing in fills later, for an install before it."""
    schema = entry.auth_schema
    later = filled_by_sign_in(entry) | _targets((entry.oauth or {}).get("save", {}))
    properties = {
        name: {**inner, "x-filled-by": "flow"} if name in later else inner
        for name, inner in schema.get("properties", {}).items()
    }
    required = [name for name in required_names(schema) if name not in later]
    changed = {**schema, "properties": properties, "required": required}
    return entry.replaced(auth_schema=changed)


def _targets(paths: Iterable[str]) -> set[str]:
    return {path.partition(".")[2] for path in paths}
