"""Proves to a service which app asks: by HTTP Basic, in the form, or by naming its ID alone."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors_cli.errors import InvalidInput
from connectors_cli.oauth.provider import Provider

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_AUTHLIB = {"basic": "client_secret_basic", "post": "client_secret_post", "none": "none"}


def signed(provider: Provider, url: str, body: str, way: str | None = None) -> dict[str, Any]:
    """Return the parts of a POST request of a form, with what proves which app asks."""
    headers = {**FORM, **provider.texts(provider.oauth.get("token_headers"))}
    url, headers, body = _prepared(provider, way or provider.client_auth, url, headers, body)
    content = renamed(provider, body).encode()
    return {"method": "POST", "url": url, "headers": headers, "content": content}


def basic(provider: Provider) -> dict[str, str]:
    """Return the header that proves which app asks."""
    return _prepared(provider, "basic", "", {}, "")[1]


def renamed(provider: Provider, query: str) -> str:
    """Return a form with `client_id` under the name that the service has for it."""
    name = provider.oauth.get("client_id_param")
    if not name:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name if key == "client_id" else key, value) for key, value in pairs])


def _prepared(
    provider: Provider, way: str, url: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    from authlib.oauth2.auth import ClientAuth

    app = ClientAuth(provider.client_id, provider.client_secret, _AUTHLIB[way])
    try:
        url, headers, body = app.prepare("POST", url, headers, body)
    except UnicodeError:
        raise InvalidInput("client_id or client_secret has a character that none has") from None
    return url, headers, body
