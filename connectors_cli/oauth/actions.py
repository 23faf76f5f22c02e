"""Sign-in with OAuth 2: get tokens, refresh them, revoke them.

These functions store nothing, print nothing and do not touch the terminal: they accept values and
return a `TokenResponse`. Each runs its own event loop, so call them where no loop is running.
Their errors contain no secret and no connector name; the caller adds a hint with the name.
"""

from collections.abc import Mapping
from typing import Any

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import UsageError
from connectors_cli.oauth.contract import Dialog, Options, TokenResponse

CLIENT = "client_credentials"
"""The grant whose tokens a service gives to an app itself (RFC 6749, section 4.4)."""


def methods(entry: Entry) -> tuple[str, ...]:
    """Return the sign-in METHODS that a type supports, best first; empty if it has no sign-in."""
    oauth = entry.oauth
    if oauth is None:
        return ()
    if oauth.get("grant") == "application_password":
        return ("browser", "paste")
    if oauth.get("grant") == CLIENT:
        return ("client",)
    device = oauth.get("device_authorization") or {}
    by_device = ("device",) if device.get("standard") else ()
    if oauth.get("redirect") == "https":
        return (*by_device, "paste", "token")
    return ("browser", *by_device, "paste", "token")


def sign_in(
    entry: Entry,
    config: Mapping[str, Any],
    auth: Mapping[str, Any],
    options: Options,
    dialog: Dialog,
) -> TokenResponse:
    """Let the user sign in; return the service's token response.

    `config` and `auth` contain what is known so far: client ID, client secret, server.
    `options.method` is one of `methods(entry)`, or None for the best; `browser` becomes `paste` if
    the service cannot redirect to this machine. For `token` call `from_token` instead.

    Raises:
        UsageError: the method is unknown, or the port is in use.
        InvalidInput: the settings do not fit.
        Unreachable: a network problem, a service outage, or no sign-in within the time limit.
        Rejected: the user or the service refused.
    """
    from connectors_cli.oauth import flows, transport
    from connectors_cli.oauth.provider import Provider

    method = _chosen(entry, options.method)
    provider = Provider(entry, config, auth, options)
    with provider.masked_errors(), transport.stopped_by(options.stop):
        return flows.FLOWS[method](provider, dialog)


def can_refresh(entry: Entry, auth: Mapping[str, Any]) -> bool:
    """Return whether the next access token can be requested without the user."""
    oauth = entry.oauth or {}
    if oauth.get("refresh_request"):
        return bool(auth.get("access_token"))
    if oauth.get("grant") == CLIENT:
        return bool(auth.get("client_secret"))
    return bool(auth.get("refresh_token")) and oauth.get("grant") is None


def refresh(
    entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
) -> TokenResponse:
    """Return the next access token, and the next refresh token if the service sends one.

    `TokenResponse.auth` contains only what changed; without a new refresh token the old one stays.

    Raises:
        Rejected: the service no longer accepts the refresh token; sign in again.
        Unreachable, InvalidInput: see `sign_in`.
    """
    from connectors_cli.oauth import tokens
    from connectors_cli.oauth.provider import Provider

    provider = Provider(entry, config, auth, options)
    with provider.masked_errors():
        return tokens.refresh(provider)


def revoke(
    entry: Entry, config: Mapping[str, Any], auth: Mapping[str, Any], options: Options
) -> bool:
    """Revoke the tokens at the service; return False if it has no revocation.

    Raises:
        Rejected, Unreachable, InvalidInput: the revocation failed.
    """
    if not (entry.oauth or {}).get("revocation"):
        return False
    from connectors_cli.oauth import tokens
    from connectors_cli.oauth.provider import Provider

    provider = Provider(entry, config, auth, options)
    with provider.masked_errors():
        tokens.revoke(provider)
    return True


def from_token(
    entry: Entry,
    access_token: str,
    refresh_token: str | None = None,
    expires_at: str | None = None,
) -> TokenResponse:
    """Return a token response for a token that the user already has.

    Raises:
        UsageError: the type has no access token.
        InvalidInput: the text is not a token, or the expiry is no time.
    """
    from connectors_cli.oauth import answers

    _chosen(entry, "token")
    return answers.existing_token(entry, access_token, refresh_token, expires_at)


def _chosen(entry: Entry, method: str | None) -> str:
    known = methods(entry)
    if not known:
        raise UsageError(f"{entry.name} has no sign-in; its credentials are entered directly")
    if method is None:
        return known[0]
    if method == "browser" and method not in known and "paste" in known:
        return "paste"
    if method not in known:
        ways = ", ".join(known)
        raise UsageError(
            f"{entry.name} does not support sign-in by {method!r}", hint=f"use one of: {ways}"
        )
    return method
