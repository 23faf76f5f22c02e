"""The requests that an entry describes itself: registration, exchange, refresh, revocation."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.errors import InvalidInput
from connectors_cli.http import Answer
from connectors_cli.oauth import answers, asking, signing
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider
from connectors_cli.probes.reading import at_path

_GONE = frozenset({"invalid_token", "invalid_request"})
"""What some services say of an access token that went with its refresh token."""


def register(provider: Provider, redirect_uri: str) -> Granted:
    """Register an app for this redirect address where the service lets anyone; else nothing."""
    spec = provider.oauth.get("registration")
    if not spec:
        return Granted()
    provider.values.app["redirect_uri"] = redirect_uri
    document = answers.document_of(provider, _ask(provider, spec))
    found: dict[str, dict[str, Any]] = {"config": {}, "auth": {}}
    for target, path in spec.get("save", {}).items():
        part, _, name = target.partition(".")
        value = at_path(document, path)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"{provider.name} registered an app, but its answer has no {path}")
        found[part][name] = value
    provider.values.config = {**provider.values.config, **found["config"]}
    provider.values.auth = {**provider.values.auth, **found["auth"]}
    return Granted(found["config"], found["auth"])


def exchange(provider: Provider, granted: Granted) -> Granted:
    """Return the long-lived token for a short-lived one where the service has both."""
    spec = provider.oauth.get("exchange")
    if not spec:
        return granted
    provider.values.auth = {**provider.values.auth, **granted.auth}
    document = answers.document_of(provider, _ask(provider, spec))
    longer = answers.granted(provider, document, lifetime=spec.get("token_lifetime_s"))
    return Granted({}, {**granted.auth, **longer.auth}, granted.scopes, longer.expires_at)


def refresh(provider: Provider) -> Granted:
    """Return the next token where a request of its own fetches it."""
    spec = provider.oauth["refresh_request"]
    document = answers.document_of(provider, _ask(provider, spec))
    return answers.granted(provider, document, lifetime=spec.get("token_lifetime_s"))


def revoke(provider: Provider) -> None:
    """Take the tokens back: the refresh token, then the access token if there still is one."""
    spec = provider.oauth["revocation"]
    names = [n for n in ("refresh_token", "access_token") if provider.values.auth.get(n)]
    if "body" in spec or "query" in spec:
        answers.check_done(provider, _ask(provider, spec))
        return
    for name in names:
        answer = asking.fetch(provider, **_revocation(provider, spec, name))
        gone = name != names[0] and answers.error_in(answer) in _GONE
        if not gone:
            answers.check_done(provider, answer)


def _revocation(provider: Provider, spec: Mapping[str, Any], name: str) -> dict[str, Any]:
    from authlib.oauth2.rfc7009 import prepare_revoke_token_request

    url = provider.url(spec["url"])
    body, _ = prepare_revoke_token_request(str(provider.values.auth[name]), name)
    if spec.get("auth") == "none":
        return {"method": "POST", "url": url, "headers": signing.FORM, "content": body.encode()}
    return signing.signed(provider, url, body)


def _ask(provider: Provider, spec: Mapping[str, Any]) -> Answer:
    parts: dict[str, Any] = {"headers": provider.texts(spec.get("headers"))}
    if spec.get("auth") == "basic":
        parts["headers"] |= signing.basic(provider)
    if spec.get("query"):
        parts["params"] = provider.texts(spec["query"])
    if "body" in spec:
        form = spec.get("body_format", "json") == "form"
        body = provider.filled(provider.values.fill_all, spec["body"])
        parts["data" if form else "json"] = body
    return asking.fetch(provider, spec["method"], provider.url(spec["url"]), **parts)
