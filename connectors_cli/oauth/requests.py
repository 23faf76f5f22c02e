"""The requests that a catalog entry describes: registration, exchange, refresh, follow-ups."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.errors import InvalidInput
from connectors_cli.net.client import Answer
from connectors_cli.net.credentials import SENDERS, Draft, check_headers
from connectors_cli.net.permalinks import plain_route
from connectors_cli.net.templates import fields_in
from connectors_cli.oauth import answers, client_auth, transport
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.oauth.provider import Provider
from connectors_cli.probes.target import at_path


def register(provider: Provider, redirect_uri: str) -> TokenResponse:
    """Register an app for this redirect address, if the service has open registration."""
    spec = provider.oauth.get("registration")
    if not spec:
        return TokenResponse()
    provider.values.app["redirect_uri"] = redirect_uri
    document = answers.document_of(provider, send(provider, spec))
    found = _saved(provider, spec, document)
    provider.values.config = {**provider.values.config, **found["config"]}
    provider.values.auth = {**provider.values.auth, **found["auth"]}
    return TokenResponse(found["config"], found["auth"])


def exchange(provider: Provider, granted: TokenResponse) -> TokenResponse:
    """Exchange a short-lived token for a long-lived one, if the service has both."""
    spec = provider.oauth.get("exchange")
    if not spec:
        return granted
    provider.values.auth = {**provider.values.auth, **granted.auth}
    document = answers.document_of(provider, send(provider, spec))
    longer = answers.token_response(provider, document, lifetime=spec.get("token_lifetime_s"))
    return TokenResponse({}, {**granted.auth, **longer.auth}, granted.scopes, longer.expires_at)


def refresh(provider: Provider) -> TokenResponse:
    """Return the next token, using the entry's own refresh request."""
    spec = provider.oauth["refresh_request"]
    document = answers.document_of(provider, send(provider, spec), provider.refresh_ended)
    return answers.token_response(provider, document, lifetime=spec.get("token_lifetime_s"))


def follow_up(provider: Provider, granted: TokenResponse) -> TokenResponse:
    """Send the type's follow-up requests, such as for the token of a page; return all values.

    A request that needs a setting which is not set is skipped.
    """
    auth = dict(granted.auth)
    for spec in provider.oauth.get("afterwards", ()):
        provider.values.auth = {**provider.values.auth, **auth}
        if not all(provider.values.config.get(name) for name in fields_in(spec, "config")):
            continue
        document = answers.document_of(provider, send(provider, spec))
        auth |= _saved(provider, spec, document)["auth"]
        provider.keep_secret(*(str(value) for value in auth.values()))
    return TokenResponse(granted.config, auth, granted.scopes, granted.expires_at)


def send(provider: Provider, spec: Mapping[str, Any]) -> Answer:
    """Send a request that a type describes, with the credentials that its `auth` names.

    One to the API of a WordPress site that is not found is sent to its plain address.
    """
    answer = _send(provider, spec)
    plain = plain_route(spec["url"]) if answer.status == 404 else None
    return _send(provider, {**spec, "url": plain}) if plain else answer


def _send(provider: Provider, spec: Mapping[str, Any]) -> Answer:
    values = provider.values
    draft = Draft(
        method=spec["method"],
        url=provider.url(spec["url"]),
        headers=provider.texts(spec.get("headers")),
        query=provider.texts(spec.get("query")),
        body=provider.filled(values.fill_all, spec.get("body")),
        body_format=spec.get("body_format", "json"),
    )
    provider.filled(check_headers, draft.headers)
    if spec.get("auth") == "basic":
        draft.headers |= client_auth.basic_header(provider)
    elif spec.get("auth") == "send":
        sender = (provider.entry.probe or {})["send"]
        provider.filled(lambda way: SENDERS[way["as"]](draft, way, values), sender)
    return transport.fetch(provider, **draft.parts())


def save_steps(provider: Provider, spec: Mapping[str, Any]) -> None:
    """Send the preparatory steps of a request, and keep the values that they save."""
    for step in spec.get("steps", ()):
        document = answers.document_of(provider, send(provider, step))
        provider.values.step.update(_saved(provider, step, document)["step"])


def _saved(
    provider: Provider, spec: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return the values that an answer saves, by part; InvalidInput if a value is missing."""
    found: dict[str, dict[str, str]] = {"config": {}, "auth": {}, "step": {}}
    for target, path in spec.get("save", {}).items():
        part, _, name = target.partition(".")
        value = at_path(document, path)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"the answer of {provider.name} has no {path} to save")
        answers.check_length(provider, value, path)
        found[part][name] = value
    return found
