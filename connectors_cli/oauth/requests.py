"""The requests that an entry describes itself: registration, exchange, refresh and others."""

from collections.abc import Mapping
from typing import Any

from connectors_cli.errors import InvalidInput
from connectors_cli.http import Answer
from connectors_cli.oauth import answers, asking, signing
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider
from connectors_cli.probes.reading import at_path
from connectors_cli.probes.sending import SENDERS, Draft
from connectors_cli.probes.values import fields_in


def register(provider: Provider, redirect_uri: str) -> Granted:
    """Register an app for this redirect address where the service lets anyone; else nothing."""
    spec = provider.oauth.get("registration")
    if not spec:
        return Granted()
    provider.values.app["redirect_uri"] = redirect_uri
    document = answers.document_of(provider, ask(provider, spec))
    found = _saved(provider, spec, document)
    provider.values.config = {**provider.values.config, **found["config"]}
    provider.values.auth = {**provider.values.auth, **found["auth"]}
    return Granted(found["config"], found["auth"])


def exchange(provider: Provider, granted: Granted) -> Granted:
    """Return the long-lived token for a short-lived one where the service has both."""
    spec = provider.oauth.get("exchange")
    if not spec:
        return granted
    provider.values.auth = {**provider.values.auth, **granted.auth}
    document = answers.document_of(provider, ask(provider, spec))
    longer = answers.granted(provider, document, lifetime=spec.get("token_lifetime_s"))
    return Granted({}, {**granted.auth, **longer.auth}, granted.scopes, longer.expires_at)


def refresh(provider: Provider) -> Granted:
    """Return the next token where a request of its own fetches it."""
    spec = provider.oauth["refresh_request"]
    document = answers.document_of(provider, ask(provider, spec), provider.refresh_ended)
    return answers.granted(provider, document, lifetime=spec.get("token_lifetime_s"))


def afterwards(provider: Provider, granted: Granted) -> Granted:
    """Return also what further requests of the type bring, such as the token of a page.

    One that needs a setting which is not there is left out.
    """
    auth = dict(granted.auth)
    for spec in provider.oauth.get("afterwards", ()):
        provider.values.auth = {**provider.values.auth, **auth}
        if not all(provider.values.config.get(name) for name in fields_in(spec, "config")):
            continue
        document = answers.document_of(provider, ask(provider, spec))
        auth |= _saved(provider, spec, document)["auth"]
        provider.keep_secret(*(str(value) for value in auth.values()))
    return Granted(granted.config, auth, granted.scopes, granted.expires_at)


def ask(provider: Provider, spec: Mapping[str, Any]) -> Answer:
    """Send a request that a type describes, with what its `auth` says."""
    values = provider.values
    draft = Draft(
        method=spec["method"],
        url=provider.url(spec["url"]),
        headers=provider.texts(spec.get("headers")),
        query=provider.texts(spec.get("query")),
        body=provider.filled(values.fill_all, spec.get("body")),
        body_format=spec.get("body_format", "json"),
    )
    if spec.get("auth") == "basic":
        draft.headers |= signing.basic(provider)
    elif spec.get("auth") == "send":
        send = (provider.entry.probe or {})["send"]
        provider.filled(lambda way: SENDERS[way["as"]](draft, way, values), send)
    return asking.fetch(provider, **draft.parts())


def save_steps(provider: Provider, spec: Mapping[str, Any]) -> None:
    """Send the requests before one, and keep what they save for it."""
    for step in spec.get("steps", ()):
        document = answers.document_of(provider, ask(provider, step))
        provider.values.step.update(_saved(provider, step, document)["step"])


def _saved(
    provider: Provider, spec: Mapping[str, Any], document: Mapping[str, Any]
) -> dict[str, dict[str, str]]:
    """Return what an answer fills, by part; InvalidInput where it has not all of it."""
    found: dict[str, dict[str, str]] = {"config": {}, "auth": {}, "step": {}}
    for target, path in spec.get("save", {}).items():
        part, _, name = target.partition(".")
        value = at_path(document, path)
        if not isinstance(value, str) or not value:
            raise InvalidInput(f"the answer of {provider.name} has no {path} to save")
        found[part][name] = value
    return found
