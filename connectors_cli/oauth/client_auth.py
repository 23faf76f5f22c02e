"""Client authentication (RFC 6749, 2.3): HTTP Basic, in the form, or by client ID alone."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors_cli.errors import InvalidInput
from connectors_cli.net.credentials import check_headers
from connectors_cli.oauth.provider import Provider

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_AUTHLIB = {"basic": "client_secret_basic", "post": "client_secret_post", "none": "none"}


def authenticated(
    provider: Provider, url: str, body: str, way: str | None = None
) -> dict[str, Any]:
    """Return the parts of a form POST request, with client authentication."""
    headers = {**FORM, **provider.texts(provider.oauth.get("token_headers"))}
    provider.filled(check_headers, headers)
    url, headers, body = _prepared(provider, way or provider.client_auth, url, headers, body)
    content = with_client_id_param(provider, body).encode()
    return {"method": "POST", "url": url, "headers": headers, "content": content}


def basic_header(provider: Provider) -> dict[str, str]:
    """Return the HTTP Basic header of the client."""
    return _prepared(provider, "basic", "", {}, "")[1]


def with_client_id_param(provider: Provider, query: str) -> str:
    """Return a form with `client_id` renamed to the service's own parameter name."""
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
        raise InvalidInput("client_id or client_secret contains an invalid character") from None
    return url, headers, body
