"""The authorization code: the address to sign in at, and what a code that came back grants."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from connectors_cli.errors import InvalidInput
from connectors_cli.oauth import answers, callback, proofs, requests, signing, tokens
from connectors_cli.oauth.callback import Query
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider


@dataclass(frozen=True, slots=True)
class Question:
    """One question to the service: what binds its answer to us, and where the answer goes."""

    redirect_uri: str
    state: str = field(repr=False)
    verifier: str = field(default_factory=proofs.new_verifier, repr=False)


def url(provider: Provider, question: Question) -> str:
    """Return the address to sign in at, with everything that the service has to know."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

    provider.keep_secret(question.state, question.verifier)
    page = provider.url(provider.oauth["authorization_url"])
    try:
        found = prepare_grant_uri(
            page,
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=question.redirect_uri,
            scope=provider.separator.join(provider.scopes),
            state=question.state,
            **_more(provider, question),
        )
    except ValueError:
        raise InvalidInput("authorization_url has a query that makes no sense") from None
    parts = urlsplit(str(found))
    return urlunsplit(parts._replace(query=signing.renamed(provider, parts.query)))


def granted(provider: Provider, question: Question, query: Query) -> Granted:
    """Return what an answer grants, its state compared already."""
    return exchanged(provider, question, callback.code_in(provider, query))


def exchanged(provider: Provider, question: Question, code: str) -> Granted:
    """Return what a code grants; a short-lived token becomes a long-lived one where it can."""
    if not answers.is_token(code):
        raise InvalidInput(
            f"what came back from {provider.name} is no code", hint="connectors auth login NAME"
        )
    provider.keep_secret(code)
    fields = {"code": code, "redirect_uri": question.redirect_uri}
    if _uses_pkce(provider):
        fields["code_verifier"] = question.verifier
    first = tokens.fetch(provider, "authorization_code", **fields)
    return requests.afterwards(provider, requests.exchange(provider, first))


def _more(provider: Provider, question: Question) -> dict[str, Any]:
    oauth = provider.oauth
    more: dict[str, Any] = provider.texts(oauth.get("authorize_params"))
    if _uses_pkce(provider):
        encoding = oauth.get("pkce_challenge_encoding", "base64url")
        more["code_challenge"] = proofs.challenge(question.verifier, encoding)
        more["code_challenge_method"] = "S256"
    return more


def _uses_pkce(provider: Provider) -> bool:
    """Tell whether a challenge is sent: always, unless the type says that it must not be."""
    return provider.oauth.get("pkce") != "unsupported"
