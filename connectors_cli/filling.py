"""What signing in fills of a type's credentials: of its data alone."""

from collections.abc import Iterable
from dataclasses import replace

from connectors_cli.catalog import Entry
from connectors_cli.catalog.describing import is_filled_by_flow, required_names
from connectors_cli.forms.secrets import is_secret

EXPIRY = "expires_at"


def filled(entry: Entry) -> frozenset[str]:
    """Return the credentials that each sign-in fills anew: tokens and their end, or a password."""
    oauth, properties = entry.oauth or {}, entry.auth_schema.get("properties", {})
    registered = _targets((oauth.get("registration") or {}).get("save", {}))
    saved = _targets(oauth.get("save", {}))
    return frozenset(
        name
        for name, inner in properties.items()
        if (is_filled_by_flow(inner) and name not in registered)
        or (name in saved and is_secret(inner))
    )


def needs_sign_in(entry: Entry, held: Iterable[str]) -> bool:
    """Tell whether a connector that holds these credentials lacks all that a sign-in gives."""
    essential = filled(entry) - {"refresh_token", EXPIRY}
    return bool(essential) and essential.isdisjoint(held)


def before_sign_in(entry: Entry) -> Entry:
    """Return a type as it is installed to be signed in after: nothing asks for what that fills."""
    schema = entry.auth_schema
    later = filled(entry) | _targets((entry.oauth or {}).get("save", {}))
    properties = {
        name: {**inner, "x-filled-by": "flow"} if name in later else inner
        for name, inner in schema.get("properties", {}).items()
    }
    required = [name for name in required_names(schema) if name not in later]
    return replace(entry, auth_schema={**schema, "properties": properties, "required": required})


def _targets(paths: Iterable[str]) -> set[str]:
    return {path.partition(".")[2] for path in paths}
