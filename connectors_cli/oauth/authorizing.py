"""The question that the person takes to the service: the authorization request."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from connectors_cli.addresses import is_local_name
from connectors_cli.errors import InvalidInput
from connectors_cli.oauth import proofs, tokens
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider


@dataclass(frozen=True, slots=True)
class Question:
    """What binds the answer to this sign-in; each is used once."""

    state: str = field(default_factory=proofs.new_state, repr=False)
    verifier: str = field(default_factory=proofs.new_verifier, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where on this machine the browser comes back to; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 0
    path: str = "/callback"


def place(provider: Provider) -> Place:
    """Return where to listen: at the redirect address in the config, if that is of this machine."""
    wanted = provider.options.port or 0
    uri = provider.values.config.get("redirect_uri")
    if not uri:
        return Place(port=wanted)
    parts = urlsplit(str(uri))
    if parts.scheme != "http" or not is_local_name(parts.hostname or ""):
        raise InvalidInput("redirect_uri is not an address of this machine")
    return Place(parts.hostname or "", wanted or parts.port or 80, parts.path or "/")


def url(provider: Provider, question: Question, redirect_uri: str) -> str:
    """Return the address to sign in at, with everything the service has to know."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri

    oauth = provider.oauth
    provider.keep_secret(question.state, question.verifier)
    extra: dict[str, Any] = provider.texts(oauth.get("authorize_params"))
    if uses_pkce(provider):
        encoding = oauth.get("pkce_challenge_encoding", "base64url")
        extra["code_challenge"] = proofs.challenge(question.verifier, encoding)
        extra["code_challenge_method"] = "S256"
    found = prepare_grant_uri(
        provider.url(oauth["authorization_url"]),
        client_id=provider.client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=provider.separator.join(provider.scopes),
        state=question.state,
        **extra,
    )
    name = oauth.get("client_id_param")
    if not name:
        return str(found)
    parts = urlsplit(found)
    return str(urlunsplit(parts._replace(query=tokens.renamed(parts.query, name))))


def uses_pkce(provider: Provider) -> bool:
    """Tell whether a challenge is sent: always, unless the type says that it must not be."""
    return provider.oauth.get("pkce") != "unsupported"


def together(*parts: Granted) -> Granted:
    """Return several grants as one; of each field the last one counts."""
    config: dict[str, Any] = {}
    auth: dict[str, Any] = {}
    for part in parts:
        config |= part.config
        auth |= part.auth
    return Granted(config, auth, parts[-1].scopes, parts[-1].expires_at)
