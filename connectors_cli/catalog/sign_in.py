"""The credentials that signing in fills, read from the catalog entry."""

from collections.abc import Iterable

from connectors_cli.catalog.entry import Entry
from connectors_cli.catalog.fields import flow_fields, required_names

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
