"""Judges what came back from the service: ours, from it, and a code or a refusal."""

import hmac
from urllib.parse import parse_qs, urlsplit

from connectors_cli.errors import Rejected
from connectors_cli.oauth import answers
from connectors_cli.oauth.provider import Provider

Query = dict[str, list[str]]
"""The parameters of an answer, each with all the values that it came with."""


def read_query(text: str) -> Query:
    """Return the parameters of a query; none where there are too many or they make no sense."""
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        return {}


def has_state(query: Query, state: str) -> bool:
    """Tell whether our state came, exactly once."""
    given = query.get("state", [])
    return len(given) == 1 and _same(given[0], state)


def code_in(provider: Provider, query: Query) -> str:
    """Return the authorization code; the state was compared already.

    Raises where the answer is from another service than the one that was asked (RFC 9207), names
    an error, or holds no code or several.
    """
    check_issuer(provider, query)
    check_error(provider, query)
    codes = query.get("code", [])
    if len(codes) != 1 or not codes[0]:
        raise Rejected(f"the answer of {provider.name} has no code")
    provider.keep_secret(codes[0])
    return codes[0]


def check_issuer(provider: Provider, query: Query) -> None:
    """Raise Rejected unless the answer is from the service that was asked, where it tells.

    The type's `issuer` has to match exactly; where it has none, the host has to be one of the
    service's own. It may be left out only where the type does not say that it always comes.
    """
    given = query.get("iss", [])
    if not given and not provider.oauth.get("issuer_in_answer"):
        return
    if len(given) != 1 or not _is_issuer(provider, given[0]):
        raise Rejected(f"the answer does not name {provider.name} as the one that gives it")


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


def check_error(provider: Provider, query: Query) -> None:
    """Raise what the service names as error."""
    words = query.get("error", [])
    if words:
        description = next(iter(query.get("error_description", ())), None)
        raise answers.refusal(provider, words[0] or "an error", description)


def _same(one: str, other: str) -> bool:
    """Compare in constant time; what was typed may hold half a character."""
    pair = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(*pair)
