"""The parameters that a service sends to the redirect address, and their checks."""

import hmac
from urllib.parse import parse_qs, urlsplit

from connectors_cli.errors import Rejected
from connectors_cli.oauth import answers
from connectors_cli.oauth.provider import Provider

Query = dict[str, list[str]]
"""The parameters of a query, each with all its values."""


def read_query(text: str) -> Query:
    """Return the parameters of a query; empty if there are too many or they are malformed."""
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        return {}


def has_state(query: Query, state: str) -> bool:
    """Return whether the query contains our state, exactly once."""
    given = query.get("state", [])
    return len(given) == 1 and _same(given[0], state)


def authorization_code(provider: Provider, query: Query) -> str:
    """Return the authorization code; the caller has compared the state.

    Raises:
        Rejected: the answer comes from another service (RFC 9207), or has no code or several.
        ConnectorsError: the answer names an error; see `answers.refusal`.
    """
    check_issuer(provider, query)
    check_error(provider, query)
    codes = query.get("code", [])
    if len(codes) != 1 or not codes[0]:
        raise Rejected(f"the answer of {provider.name} has no code")
    answers.check_length(provider, codes[0], "code")
    provider.keep_secret(codes[0])
    return codes[0]


def check_issuer(provider: Provider, query: Query) -> None:
    """Check that the answer's issuer, if there is one, is the service that was asked.

    It must equal the type's `issuer`; without that, its host must be one of the service's own. It
    can be missing unless the type says that the service always sends it.

    Raises:
        Rejected: it is another issuer, or missing.
    """
    given = query.get("iss", [])
    if not given and not provider.oauth.get("issuer_in_answer"):
        return
    if len(given) != 1 or not _is_issuer(provider, given[0]):
        raise Rejected(f"the answer does not name {provider.name} as its issuer")


def check_error(provider: Provider, query: Query) -> None:
    """Raise the error that the service names, if any."""
    words = query.get("error", [])
    if words:
        description = next(iter(query.get("error_description", ())), None)
        raise answers.refusal(provider, words[0] or "an error", description)


def _is_issuer(provider: Provider, given: str) -> bool:
    issuer = provider.oauth.get("issuer")
    if issuer:
        return _same(given, provider.url(issuer))
    own = (provider.url(provider.oauth[name]) for name in ("authorization_url", "token_url"))
    return _origin(given) in {_origin(url) for url in own}


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()


def _same(one: str, other: str) -> bool:
    """Compare in constant time; typed text can contain lone surrogates."""
    pair = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(*pair)
