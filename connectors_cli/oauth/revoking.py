"""Takes tokens back at the service: by RFC 7009, or by a request of its own."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.oauth import answers, asking, requests, signing
from connectors_cli.oauth.provider import Provider

_GONE = frozenset({"invalid_token", "invalid_request"})
"""What some services say of an access token that went with its refresh token."""


def revoke(provider: Provider) -> None:
    """Take the tokens back: the refresh token, then the access token if there still is one."""
    spec = provider.oauth["revocation"]
    if spec["method"] != "POST" or "body" in spec or "query" in spec:
        requests.save_steps(provider, spec)
        answers.check_done(provider, requests.ask(provider, spec))
        return
    names = [n for n in ("refresh_token", "access_token") if provider.values.auth.get(n)]
    for name in names:
        answer = asking.fetch(provider, **_standard(provider, spec, name))
        gone = name != names[0] and answers.error_in(answer) in _GONE
        if not gone:
            answers.check_done(provider, answer)


def _standard(provider: Provider, spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    from authlib.oauth2.rfc7009 import prepare_revoke_token_request

    url = provider.url(spec["url"])
    body, _ = prepare_revoke_token_request(str(provider.values.auth[name]), name)
    if spec.get("auth") == "none":
        return {"method": "POST", "url": url, "headers": signing.FORM, "content": body.encode()}
    return signing.signed(provider, url, body)
