"""The token endpoint: a code, a device's code or a refresh token becomes an access token."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors_cli.errors import InvalidInput, Rejected
from connectors_cli.oauth import answers, asking, requests
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider

_AUTHLIB = {"basic": "client_secret_basic", "post": "client_secret_post", "none": "none"}


def exchange_code(provider: Provider, code: str, redirect_uri: str, verifier: str) -> Granted:
    """Return what an authorization code grants, exchanged for a long-lived token if that is due.

    An empty `verifier` is one that the service does not take.
    """
    parts = request(
        provider,
        "authorization_code",
        code=code,
        redirect_uri=redirect_uri,
        code_verifier=verifier,
    )
    document = answers.document_of(provider, asking.fetch(provider, **parts))
    granted = answers.granted(provider, document)
    return requests.exchange(provider, granted)


def refresh(provider: Provider) -> Granted:
    """Return the next tokens."""
    if provider.oauth.get("refresh_request"):
        return requests.refresh(provider)
    token = provider.values.auth.get("refresh_token")
    if not token:
        raise Rejected(f"there is no refresh token for {provider.name}")
    parts = request(provider, "refresh_token", refresh_token=str(token))
    document = answers.document_of(provider, asking.fetch(provider, **parts))
    return answers.granted(provider, document)


def request(
    provider: Provider, grant_type: str, *, way: str | None = None, **fields: str
) -> dict[str, Any]:
    """Return the method, URL, headers and body of a token request."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    url = provider.url(provider.oauth["token_url"])
    body = prepare_token_request(grant_type, "", **fields)
    return signed(provider, url, body, way)


def signed(provider: Provider, url: str, body: str, way: str | None = None) -> dict[str, Any]:
    """Return a POST request of a form, with what proves which app asks."""
    from authlib.oauth2.auth import ClientAuth

    way = way or provider.client_auth
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        **provider.texts(provider.oauth.get("token_headers")),
    }
    app = ClientAuth(provider.client_id, provider.client_secret, _AUTHLIB[way])
    try:
        url, headers, body = app.prepare("POST", url, headers, body)
    except UnicodeError:
        raise InvalidInput("client_id or client_secret has a character none has") from None
    name = provider.oauth.get("client_id_param")
    content = renamed(body, name) if name else body
    return {"method": "POST", "url": url, "headers": headers, "content": content.encode()}


def renamed(query: str, name: str) -> str:
    """Return a form with `client_id` under the name that the service has for it."""
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name if key == "client_id" else key, value) for key, value in pairs])
