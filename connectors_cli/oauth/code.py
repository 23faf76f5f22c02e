"""The authorization code flow with PKCE: the sign-in address, and the exchange of the code."""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from connectors_cli.errors import InvalidInput
from connectors_cli.oauth import answers, callback, client_auth, requests, tokens
from connectors_cli.oauth.callback import Query
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.oauth.provider import Provider


def new_state() -> str:
    """Return a state of 256 random bits."""
    return secrets.token_urlsafe(32)


def new_verifier() -> str:
    """Return a code verifier of 256 random bits (RFC 7636, section 4.1)."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str, encoding: str = "base64url") -> str:
    """Return the S256 challenge of a verifier; TikTok needs the encoding `hex`."""
    if encoding == "hex":
        return hashlib.sha256(verifier.encode("ascii")).hexdigest()
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return str(create_s256_code_challenge(verifier))


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """An authorization request: where the answer goes, and what binds the answer to it."""

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(default_factory=new_verifier, repr=False)


def url(provider: Provider, request: AuthorizationRequest) -> str:
    """Return the sign-in address with all parameters of the request.

    Raises:
        InvalidInput: the type's address is malformed, or a value is missing.
    """
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

    provider.keep_secret(request.state, request.verifier)
    page = provider.url(provider.oauth["authorization_url"])
    try:
        found = prepare_grant_uri(
            page,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=request.redirect_uri,
            scope=provider.separator.join(provider.scopes),
            state=request.state,
            **_extra_parameters(provider, request),
        )
    except ValueError:
        raise InvalidInput("authorization_url has a malformed query") from None
    parts = urlsplit(str(found))
    return urlunsplit(parts._replace(query=client_auth.with_client_id_param(provider, parts.query)))


def redeem(provider: Provider, request: AuthorizationRequest, query: Query) -> TokenResponse:
    """Return the token response for an answer; the caller has compared the state."""
    return exchange(provider, request, callback.authorization_code(provider, query))


def exchange(provider: Provider, request: AuthorizationRequest, code: str) -> TokenResponse:
    """Exchange a code for tokens, and a short-lived token for a long-lived one if possible."""
    if not answers.is_token(code):
        raise InvalidInput(
            f"{provider.name} did not send a valid code", hint="connectors auth login NAME"
        )
    provider.keep_secret(code)
    fields = {"code": code, "redirect_uri": request.redirect_uri}
    if _uses_pkce(provider):
        fields["code_verifier"] = request.verifier
    first = tokens.request_tokens(provider, "authorization_code", **fields)
    return requests.follow_up(provider, requests.exchange(provider, first))


def _extra_parameters(provider: Provider, request: AuthorizationRequest) -> dict[str, Any]:
    oauth = provider.oauth
    more: dict[str, Any] = provider.texts(oauth.get("authorize_params"))
    if _uses_pkce(provider):
        encoding = oauth.get("pkce_challenge_encoding", "base64url")
        more["code_challenge"] = challenge(request.verifier, encoding)
        more["code_challenge_method"] = "S256"
    return more


def _uses_pkce(provider: Provider) -> bool:
    """Return whether to send a challenge: always, unless the type forbids it."""
    return provider.oauth.get("pkce") != "unsupported"
