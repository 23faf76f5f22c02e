"""Reads what a token endpoint answers: what it grants, or why it does not."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

from connectors_cli.catalog import Entry
from connectors_cli.errors import ConnectorsError, InvalidInput, Rejected, Unreachable
from connectors_cli.http import Answer
from connectors_cli.oauth.contract import Granted
from connectors_cli.oauth.provider import Provider

_LONGEST_S = 100 * 366 * 86400
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_MEANINGS = {
    "access_denied": "the sign-in was not allowed",
    "invalid_client": "the app's ID or secret is refused",
    "invalid_grant": "what was granted is no longer good",
    "invalid_scope": "a scope is not allowed",
    "redirect_uri_mismatch": "the redirect address is not registered with the app",
    "unauthorized_client": "the app may not sign in this way",
}
_HINTS = {
    "invalid_client": "connectors edit NAME --set client_id=... -S client_secret=SOURCE",
    "invalid_scope": "connectors auth login NAME --scopes A,B",
    "redirect_uri_mismatch": "register the address of redirect_uri with the app",
}
_SETTINGS = frozenset({
    "invalid_request", "invalid_scope", "invalid_target", "redirect_uri_mismatch",
    "unsupported_grant_type", "unsupported_response_type", "unauthorized_client",
})  # fmt: skip


def document_of(provider: Provider, answer: Answer, ended: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON object that a service answers; raises where it says no, or nothing of use.

    Unreachable where it is out of order, Rejected or InvalidInput for an error it names (GitHub
    and Slack do that with status 200), InvalidInput where there is no API at the address. Errors in
    `ended` say that what was granted is no longer good.
    """
    status = answer.status
    if status in {408, 429} or status >= 500:
        raise Unreachable(f"{provider.name} is out of order or overloaded (status {status})")
    if 300 <= status < 400:
        raise InvalidInput(f"{provider.name} redirects{_elsewhere(answer)}: that is not followed")
    if status in {404, 405}:  # of a server that has no such thing: it says nothing of a sign-in
        raise InvalidInput(f"{provider.name} answers with status {status}: there is no such page")
    document = _json(answer)
    if document is None:
        kind = "no JSON object" if status < 400 else "no reason"
        text = f"{provider.name} answers with status {status} and {kind}"
        raise (Rejected if status in {400, 401, 403} else InvalidInput)(text)
    word = error_word(document)
    if word is not None:
        raise refusal(provider, word, _description(document), ended)
    if status >= 400:
        raise Rejected(f"{provider.name} refuses (status {status}){_quoted(provider, document)}")
    return document


def check_done(provider: Provider, answer: Answer) -> None:
    """Raise unless a service did what was asked: only its status counts (RFC 7009, section 2.2).

    But for an error that it names with a status of success.
    """
    if not 200 <= answer.status < 300 or error_in(answer) is not None:
        document_of(provider, answer)


def error_in(answer: Answer) -> str | None:
    """Return the error that an answer names, None where it names none or is no JSON object."""
    document = _json(answer)
    return None if document is None else error_word(document)


def granted(
    provider: Provider,
    document: Mapping[str, Any],
    asked: tuple[str, ...] = (),
    lifetime: int | None = None,
) -> Granted:
    """Return what a token answer grants; InvalidInput where a field of it makes no sense.

    `asked` are the scopes and `lifetime` the seconds that count where the answer says none.
    """
    access = _token(provider, document, "access_token")
    if access is None:
        raise _odd(provider, "has no access_token")
    _check_type(provider, document.get("token_type"))
    auth: dict[str, Any] = {"access_token": access}
    following = _token(provider, document, "refresh_token")
    if following is not None:
        auth["refresh_token"] = following
    expires_at = _expiry(provider, document.get("expires_in"), lifetime)
    if expires_at is not None:
        auth["expires_at"] = expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    provider.keep_secret(*(str(auth[name]) for name in auth if name != "expires_at"))
    return Granted({}, _known(provider.entry, auth), _scopes(provider, document, asked), expires_at)


def bare(entry: Entry, access_token: str, refresh_token: str | None) -> Granted:
    """Return what a token grants that the person has already."""
    given = {"access_token": access_token, "refresh_token": refresh_token}
    auth = {name: value.strip() for name, value in given.items() if value is not None}
    for name, value in auth.items():
        if not is_token(value):
            raise InvalidInput(
                f"what was given as {name} is no token", hint="connectors auth login NAME"
            )
    return Granted({}, _known(entry, auth))


def is_token(value: Any) -> bool:
    """Tell whether a value can stand in a header: printable ASCII without a space."""
    if not isinstance(value, str) or not value:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def error_word(document: Mapping[str, Any]) -> str | None:
    """Return the error that an answer names, None where it names none."""
    found = document.get("error", document.get("error_type"))
    if isinstance(found, Mapping):
        found = found.get("type") or found.get("code") or "error"
    if found is None or found is False or found == "":
        return None
    return str(found)


def refusal(
    provider: Provider, word: str, description: str | None, ended: Collection[str] = ()
) -> ConnectorsError:
    """Return a service's refusal as ours: its word, and its sentence cleaned and masked."""
    said = f" ({provider.hide(description)})" if description else ""
    meaning = _MEANINGS.get("invalid_grant" if word in ended else word, "the service says no")
    text = f"{meaning}: {provider.name} answers {provider.hide(word)}{said}"
    if word in ended:
        return Rejected(text)
    if word in _LATER:
        return Unreachable(text)
    return (InvalidInput if word in _SETTINGS else Rejected)(text, hint=_HINTS.get(word))


def _json(answer: Answer) -> dict[str, Any] | None:
    try:
        found = json.loads(answer.body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _description(document: Mapping[str, Any]) -> str | None:
    inner = document.get("error")
    places = (document, inner) if isinstance(inner, Mapping) else (document,)
    for place in places:
        for name in ("error_description", "error_message", "message"):
            if isinstance(place.get(name), str) and place[name]:
                return str(place[name])
    return None


def _quoted(provider: Provider, document: Mapping[str, Any]) -> str:
    description = _description(document)
    return f": {provider.hide(description)}" if description else ""


def _token(provider: Provider, document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None or value == "":
        return None
    if not is_token(value):
        raise _odd(provider, f"has {name} that is no token")
    return str(value)


def _check_type(provider: Provider, kind: Any) -> None:
    """Raise unless the token is one that whoever bears it may use (RFC 6749, section 5.1).

    A type whose `token_type` is null is of a service that does not say it.
    """
    own = provider.oauth.get("token_type", "bearer")
    if kind is None and own is None:
        return
    if kind is None:
        raise _odd(provider, "has no token_type")
    if not isinstance(kind, str) or kind.lower() not in {"bearer", str(own).lower()}:
        raise _odd(provider, "has a token_type that is not Bearer")


def _expiry(provider: Provider, seconds: Any, lifetime: int | None) -> datetime | None:
    if seconds is None:
        seconds = lifetime if lifetime is not None else provider.oauth.get("token_lifetime_s")
    if seconds is None:
        return None
    if isinstance(seconds, str) and seconds.isdecimal() and seconds.isascii():
        seconds = int(seconds[:20])
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise _odd(provider, "has expires_in that is no number of seconds")
    if not 0 < seconds <= _LONGEST_S:  # nor is what is no number at all
        raise _odd(provider, "has expires_in that makes no sense")
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=int(seconds))


def _scopes(
    provider: Provider, document: Mapping[str, Any], asked: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the scopes that an answer names; without a word those asked for (RFC 6749, 5.1)."""
    found = document.get("scope")
    if isinstance(found, str) and found:
        found = found.replace(",", " ").split()
    if not isinstance(found, list):
        return asked
    words = (provider.hide(word) for word in found if isinstance(word, str))
    return tuple(dict.fromkeys(word for word in words if word))


def _known(entry: Entry, auth: Mapping[str, Any]) -> dict[str, Any]:
    fields = entry.auth_schema.get("properties", {})
    return {name: value for name, value in auth.items() if name in fields}


def _odd(provider: Provider, what: str) -> InvalidInput:
    return InvalidInput(f"the answer of {provider.name} {what}: nothing of it is kept")


def _elsewhere(answer: Answer) -> str:
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        return ""
    return f" to {host[:100]}" if host and host.isprintable() else " to another path"
