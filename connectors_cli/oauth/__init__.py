"""Signing in by OAuth 2: getting tokens, getting the next ones, and taking them back.

Nothing here stores, asks a terminal or prints: values come in, a `Granted` goes out. Each of these
functions runs an event loop of its own, so call them where none runs. What they raise names
neither a secret nor a connector: the caller adds the hint with the connector's name.
"""

from collections.abc import Mapping
from typing import Any

from connectors_cli.catalog import Entry
from connectors_cli.errors import UsageError
from connectors_cli.oauth.contract import METHODS, Granted, Options, Talk

__all__ = [
    "METHODS",
    "Granted",
    "Options",
    "Talk",
    "can_refresh",
    "from_token",
    "methods",
    "refresh",
    "revoke",
    "sign_in",
]


def methods(entry: Entry) -> tuple[str, ...]:
    """Return which of METHODS a type can do, best first; none where it has no sign-in."""
    oauth = entry.oauth
    if oauth is None:
        return ()
    if oauth.get("grant") == "application_password":
        return ("browser", "paste")
    device = oauth.get("device_authorization") or {}
    by_device = ("device",) if device.get("standard") else ()
    if oauth.get("redirect") == "https":
        return (*by_device, "paste", "token")
    return ("browser", *by_device, "paste", "token")


def sign_in(
    entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options, talk: Talk
) -> Granted:
    """Let the person sign in, and return what the service grants.

    `config` and `auth` hold what is known so far: the client's ID, its secret, the server.
    `options.method` is one of `methods(entry)`, None for the best; `browser` becomes `paste` where
    the service takes no redirect to this machine. `token` is not done here: see `from_token`.
    Raises UsageError for a method that is none or a port that is taken, InvalidInput for settings
    that do not fit, Unreachable for the network, a service out of order and nobody signing in in
    time, Rejected where the person or the service says no.
    """
    from connectors_cli.oauth import flows
    from connectors_cli.oauth.provider import Provider

    method = _chosen(entry, options.method)
    return flows.FLOWS[method](Provider(entry, config, auth, options), talk)


def can_refresh(entry: Entry, auth: Mapping[str, Any]) -> bool:
    """Tell whether the next access token can be had without the person."""
    oauth = entry.oauth or {}
    if oauth.get("refresh_request"):
        return bool(auth.get("access_token"))
    return bool(auth.get("refresh_token")) and oauth.get("grant") is None


def refresh(
    entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
) -> Granted:
    """Return the next access token, and the next refresh token where one comes.

    `Granted.auth` holds only what changed; an answer without a refresh token leaves the old one.
    Raises Rejected where the service no longer takes it (sign in again), Unreachable, InvalidInput.
    """
    from connectors_cli.oauth import tokens
    from connectors_cli.oauth.provider import Provider

    return tokens.refresh(Provider(entry, config, auth, options))


def revoke(
    entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
) -> bool:
    """Take the tokens back at the service; False where it has no way to.

    Raises Rejected, Unreachable and InvalidInput where it has one that did not work.
    """
    if not (entry.oauth or {}).get("revocation"):
        return False
    from connectors_cli.oauth import revoking
    from connectors_cli.oauth.provider import Provider

    revoking.revoke(Provider(entry, config, auth, options))
    return True


def from_token(entry: Entry, access_token: str, refresh_token: str | None = None) -> Granted:
    """Return what a token that the person has already grants: when it runs out is not known.

    Raises UsageError where the type has no access token, InvalidInput for a text that is none.
    """
    from connectors_cli.oauth import answers

    _chosen(entry, "token")
    return answers.bare(entry, access_token, refresh_token)


def _chosen(entry: Entry, method: str | None) -> str:
    known = methods(entry)
    if not known:
        raise UsageError(f"{entry.name} has no sign-in: its credentials are given to its form")
    if method is None:
        return known[0]
    if method == "browser" and method not in known and "paste" in known:
        return "paste"
    if method not in known:
        ways = ", ".join(known)
        raise UsageError(f"{entry.name} does not sign in by {method!r}", hint=f"use one of: {ways}")
    return method
