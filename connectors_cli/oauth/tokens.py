"""The token endpoint (access tokens for codes and refresh tokens) and token revocation."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.errors import Rejected
from connectors_cli.oauth import answers, client_auth, requests, transport
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.oauth.provider import Provider

_GONE = frozenset({"invalid_token", "invalid_request"})
"""The errors of services that revoke the access token together with the refresh token."""


def request_tokens(provider: Provider, grant_type: str, **fields: str) -> TokenResponse:
    """Return the token response for a grant; after a refresh, no scopes means unchanged."""
    parts = token_request(provider, grant_type, **fields)
    is_refresh = grant_type == "refresh_token"
    ended = provider.refresh_ended if is_refresh else ()
    document = answers.document_of(provider, transport.fetch(provider, **parts), ended)
    asked = () if is_refresh else provider.scopes
    return answers.token_response(provider, document, asked)


def refresh(provider: Provider) -> TokenResponse:
    """Return the next tokens; Rejected if there is no refresh token."""
    if provider.oauth.get("refresh_request"):
        return requests.refresh(provider)
    if provider.oauth.get("grant") == "client_credentials":
        return by_client(provider)
    token = provider.values.auth.get("refresh_token")
    if not token:
        raise Rejected(f"no refresh token for {provider.name}")
    return request_tokens(provider, "refresh_token", refresh_token=str(token))


def by_client(provider: Provider) -> TokenResponse:
    """Return a token for the app itself, without a person (RFC 6749, section 4.4)."""
    scope = provider.separator.join(provider.scopes)
    return request_tokens(provider, "client_credentials", **({"scope": scope} if scope else {}))


def token_request(
    provider: Provider, grant_type: str, *, way: str | None = None, **fields: str
) -> dict[str, Any]:
    """Return the parts of a token request; `way` overrides the client authentication."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    body = prepare_token_request(grant_type, "", **fields)
    return client_auth.authenticated(provider, provider.url(provider.oauth["token_url"]), body, way)


def revoke(provider: Provider) -> None:
    """Revoke the refresh token, then the access token if it still exists."""
    spec = provider.oauth["revocation"]
    if spec["method"] != "POST" or "body" in spec or "query" in spec:
        requests.save_steps(provider, spec)
        answers.check_done(provider, requests.send(provider, spec))
        return
    names = [n for n in ("refresh_token", "access_token") if provider.values.auth.get(n)]
    for name in names:
        answer = transport.fetch(provider, **_standard(provider, spec, name))
        gone = name != names[0] and answers.error_in(answer) in _GONE
        if not gone:
            answers.check_done(provider, answer)


def _standard(provider: Provider, spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    from authlib.oauth2.rfc7009 import prepare_revoke_token_request

    url = provider.url(spec["url"])
    body, _ = prepare_revoke_token_request(str(provider.values.auth[name]), name)
    if spec.get("auth") == "none":
        return {"method": "POST", "url": url, "headers": client_auth.FORM, "content": body.encode()}
    return client_auth.authenticated(provider, url, body)
