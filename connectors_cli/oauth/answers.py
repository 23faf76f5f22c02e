"""The answers of a token endpoint: tokens, or an error."""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors_cli.catalog.entry import Entry
from connectors_cli.errors import ConnectorsError, InvalidInput, Rejected, Unreachable
from connectors_cli.net.client import Answer
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.oauth.provider import Provider
from connectors_cli.probes.walls import is_temporary, wall
from connectors_cli.system import clock

LONGEST_TOKEN = 16 * 1024
"""Bytes of a value that a service sends and that is kept: no server accepts a longer header."""
_LONGEST_S = 100 * 366 * 86400
_LATER = frozenset({"temporarily_unavailable", "server_error", "slow_down"})
_MEANINGS = {
    "access_denied": "the sign-in was denied",
    "invalid_client": "the service rejected the app's client ID or secret",
    "invalid_grant": "the grant expired or was revoked",
    "invalid_scope": "a scope is not allowed",
    "redirect_uri_mismatch": "the redirect address is not registered with the app",
    "unauthorized_client": "the app is not allowed to sign in this way",
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


class NoBearer(InvalidInput):
    """The service sent a token that is not sent as Bearer; `renewed` is its refresh token."""

    def __init__(self, name: str, renewed: dict[str, Any]) -> None:
        super().__init__(f"the answer of {name} has a token_type that is not Bearer")
        self.renewed = TokenResponse(auth=renewed)


def document_of(provider: Provider, answer: Answer, ended: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON object of an answer. `ended` are error names that mean an expired grant.

    Raises:
        Unreachable: the service is unavailable.
        Rejected, InvalidInput: the answer names an error (GitHub and Slack do so with status 200).
        InvalidInput: there is no API at the address, or a firewall in front of it answered.
    """
    status = answer.status
    in_front = wall(answer, {}) if status >= 400 else None
    if in_front is not None:
        raise InvalidInput(f"{provider.name}: {in_front.message}")
    if is_temporary(status):
        raise Unreachable(f"{provider.name} is unavailable or overloaded (status {status})")
    if 300 <= status < 400:
        raise InvalidInput(f"{provider.name} redirects{_elsewhere(answer)}, which is not followed")
    if status in {404, 405}:  # from a server without this page: it says nothing about the sign-in
        raise InvalidInput(f"{provider.name} answered with status {status}: page not found")
    document = _json(answer)
    if document is None:
        kind = "without a JSON object" if status < 400 else "without a reason"
        text = f"{provider.name} answered with status {status} {kind}"
        raise (Rejected if status in {400, 401, 403} else InvalidInput)(text)
    word = error_word(document)
    if word is not None:
        raise refusal(provider, word, _description(document), ended)
    if status >= 400:
        text = f"{provider.name} refused the request (status {status})"
        refused = InvalidInput if status >= 500 else Rejected
        raise refused(f"{text}{_quoted(provider, document)}")
    return document


def check_done(provider: Provider, answer: Answer) -> None:
    """Check that a revocation succeeded: only the status counts (RFC 7009, section 2.2).

    An error that the service names with a success status also counts.

    Raises:
        Rejected, Unreachable, InvalidInput: it did not succeed.
    """
    if not 200 <= answer.status < 300 or error_in(answer) is not None:
        document_of(provider, answer)


def error_in(answer: Answer) -> str | None:
    """Return the error name in an answer, or None."""
    document = _json(answer)
    return None if document is None else error_word(document)


def token_response(
    provider: Provider,
    document: Mapping[str, Any],
    asked: tuple[str, ...] = (),
    lifetime: int | None = None,
) -> TokenResponse:
    """Return the token response in an answer.

    `asked` are the scopes, and `lifetime` the seconds, to assume if the answer does not say.

    Other fields that make no sense count as missing: a service gives tokens only once.

    Raises:
        InvalidInput: there is no access token, or it is malformed.
        NoBearer: the token is of another type; has the refresh token.
    """
    access = _token(provider, document, "access_token")
    if access is None:
        raise _odd(provider, "has no access_token")
    following = document.get("refresh_token")
    renewed = {"refresh_token": following} if is_token(following) else {}
    _check_type(provider, document.get("token_type"), renewed)
    auth: dict[str, Any] = {"access_token": access, **renewed}
    expires_at = _expiry(provider, document.get("expires_in"), lifetime)
    if expires_at is not None:
        auth["expires_at"] = clock.as_text(expires_at, "seconds")
    provider.keep_secret(*(str(auth[name]) for name in auth if name != "expires_at"))
    return TokenResponse(
        {}, _known(provider.entry, auth), _scopes(provider, document, asked), expires_at
    )


def existing_token(
    entry: Entry, access_token: str, refresh_token: str | None, expires_at: str | None = None
) -> TokenResponse:
    """Return a token response for tokens that the user already has.

    Raises:
        InvalidInput: a text is not a token, or not a time with a zone.
    """
    given = {"access_token": access_token, "refresh_token": refresh_token}
    auth = {name: value.strip() for name, value in given.items() if value is not None}
    for name, value in auth.items():
        if not is_token(value):
            raise InvalidInput(
                f"the value for {name} is not a token", hint="connectors auth login NAME"
            )
    end = None if expires_at is None else _time(expires_at.strip())
    if end is not None:
        auth["expires_at"] = clock.as_text(end, "seconds")
    return TokenResponse({}, _known(entry, auth), expires_at=end)


def _time(text: str) -> datetime:
    try:
        return clock.parse(text)
    except ValueError:
        raise InvalidInput(
            "the value for expires_at is not a time with a zone, such as 2027-01-31T12:00:00Z"
        ) from None


def is_token(value: Any) -> bool:
    """Return whether a value can be sent in a header: printable ASCII without spaces, not huge."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TOKEN:
        return False
    return value.isascii() and value.isprintable() and " " not in value


def check_length(provider: Provider, value: str, name: str) -> None:
    """Raise InvalidInput for a value of an answer that is too long to be right."""
    if len(value) > LONGEST_TOKEN:
        raise _odd(provider, f"has more than {LONGEST_TOKEN // 1024} KiB in {name}")


def error_word(document: Mapping[str, Any]) -> str | None:
    """Return the error name in a JSON object, or None."""
    found = document.get("error", document.get("error_type"))
    if isinstance(found, Mapping):
        found = found.get("type") or found.get("code") or "error"
    if found is None or found is False or found == "":
        return None
    return str(found)


def refusal(
    provider: Provider, word: str, description: str | None, ended: Collection[str] = ()
) -> ConnectorsError:
    """Return the error for a service's refusal, with its error name and description masked."""
    said = f" ({provider.hide(description)})" if description else ""
    meaning = _MEANINGS.get("invalid_grant" if word in ended else word, "the service refused")
    text = f"{meaning}: {provider.name} answered {provider.hide(word)}{said}"
    if word in ended:
        return Rejected(text)
    if word in _LATER:
        return Unreachable(text)
    return (InvalidInput if word in _SETTINGS else Rejected)(text, hint=_HINTS.get(word))


def _json(answer: Answer) -> dict[str, Any] | None:
    try:
        found = json.loads(answer.body, parse_constant=lambda _: None)  # NaN: as if not said
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


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
    if isinstance(value, str):
        check_length(provider, value, name)
    if not is_token(value):
        raise _odd(provider, f"has an invalid {name}")
    return str(value)


def _check_type(provider: Provider, kind: Any, renewed: dict[str, Any]) -> None:
    """Check that the token is a bearer token; one without a type is (RFC 6749, section 5.1)."""
    own = str(provider.oauth.get("token_type") or "bearer").lower()
    if isinstance(kind, str) and kind.strip() and kind.strip().lower() not in {"bearer", own}:
        raise NoBearer(provider.name, _known(provider.entry, renewed))


def _expiry(provider: Provider, said: Any, lifetime: int | None) -> datetime | None:
    """Return when a token expires: as the service says, else after `lifetime` or the type's own."""
    assumed = lifetime if lifetime is not None else provider.oauth.get("token_lifetime_s")
    seconds = _seconds(said) or _seconds(assumed)
    if seconds is None:
        return None
    return datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)


def _seconds(value: Any) -> int | None:
    """Return a number of seconds, or a text of one; None for anything that makes no sense."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text[:20]) if text.isdecimal() and text.isascii() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value <= _LONGEST_S else None


def _scopes(
    provider: Provider, document: Mapping[str, Any], asked: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the scopes in an answer, or those asked for if it names none (RFC 6749, 5.1)."""
    found = document.get("scope")
    if isinstance(found, str) and found:
        found = found.replace(",", " ").split()
    if not isinstance(found, list):
        return asked
    if len(" ".join(word for word in found if isinstance(word, str))) > LONGEST_TOKEN:
        return asked
    words = (provider.hide(word) for word in found if isinstance(word, str))
    return tuple(dict.fromkeys(word for word in words if word))


def _known(entry: Entry, auth: Mapping[str, Any]) -> dict[str, Any]:
    fields = entry.auth_schema.get("properties", {})
    return {name: value for name, value in auth.items() if name in fields}


def _odd(provider: Provider, what: str) -> InvalidInput:
    return InvalidInput(f"the answer of {provider.name} {what}; it was discarded")


def _elsewhere(answer: Answer) -> str:
    try:
        host = urlsplit(answer.headers.get("location", "")).hostname
    except ValueError:
        return ""
    return f" to {host[:100]}" if host and host.isprintable() else " to another path"
