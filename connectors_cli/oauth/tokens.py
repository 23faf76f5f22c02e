"""The token endpoint: a code, a device's code or a refresh token becomes an access token."""

from typing import Any

from connectors_cli.errors import Rejected
from connectors_cli.oauth import answers, asking, requests, signing
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider


def fetch(provider: Provider, grant_type: str, **fields: str) -> Granted:
    """Return what a grant gives; of a refresh no scopes means that they are as before."""
    parts = request(provider, grant_type, **fields)
    is_refresh = grant_type == "refresh_token"
    ended = provider.refresh_ended if is_refresh else ()
    document = answers.document_of(provider, asking.fetch(provider, **parts), ended)
    asked = () if is_refresh else provider.scopes
    return answers.granted(provider, document, asked)


def refresh(provider: Provider) -> Granted:
    """Return the next tokens; Rejected where there is nothing to fetch them with."""
    if provider.oauth.get("refresh_request"):
        return requests.refresh(provider)
    token = provider.values.auth.get("refresh_token")
    if not token:
        raise Rejected(f"there is no refresh token for {provider.name}")
    return fetch(provider, "refresh_token", refresh_token=str(token))


def request(
    provider: Provider, grant_type: str, *, way: str | None = None, **fields: str
) -> dict[str, Any]:
    """Return the parts of a token request; `way` is how the app proves itself, if not as usual."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    body = prepare_token_request(grant_type, "", **fields)
    return signing.signed(provider, provider.url(provider.oauth["token_url"]), body, way)
