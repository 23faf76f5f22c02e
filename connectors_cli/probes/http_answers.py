"""Reading HTTP answers: the account, refused credentials, and other failures."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from connectors_cli.net.client import Answer
from connectors_cli.net.failure import Fix, ProbeFailed
from connectors_cli.net.templates import Values, fields_in
from connectors_cli.probes.finding import Account
from connectors_cli.probes.target import at_path
from connectors_cli.probes.walls import is_page, is_temporary, wall

LONGEST = 200
_LOGIN = (b'type="password"', b"type='password'", b"type=password", b"wp-login", b"login-form")
_RETRIED = frozenset({429, 503})


def account_in(document: Any, spec: Mapping[str, Any], values: Values) -> Account:
    """Return the account in an answer; raises ProbeFailed if a required id is missing."""
    identity = spec.get("identity") or {}
    found = _named(document, identity.get("id"), values)
    if identity.get("id") and found is None:
        raise _no_account(document, identity["id"], spec)
    return Account(found, _named(document, identity.get("label"), values))


def needs_json(spec: Mapping[str, Any]) -> bool:
    """Return whether a probe reads the answer's JSON."""
    identity = spec.get("identity") or {}
    paths = (identity.get("id"), identity.get("label"))
    expected = spec.get("expect_json") or spec.get("expect_scopes")
    return bool(expected) or any(_is_path(path) for path in paths)


def _is_path(path: str | None) -> bool:
    return bool(path) and not str(path).startswith(("/", "{"))


def _named(document: Any, path: str | None, values: Values) -> str | None:
    if not path or path.startswith("/"):
        return None
    found = values.optional(path) if path.startswith("{") else at_path(document, path)
    if found is None or found == "" or isinstance(found, bool | Mapping | list):
        return None
    return "".join(char for char in str(found) if char.isprintable())[:LONGEST]


def _no_account(document: Any, path: str, spec: Mapping[str, Any]) -> ProbeFailed:
    keys = path.split(".")
    for end in range(1, len(keys)):
        if at_path(document, ".".join(keys[:end])) == []:
            name = ".".join(keys[:end])
            text = f"the credentials work, but the account has no {name}"
            return ProbeFailed("invalid_config", text)
    return ProbeFailed(
        "auth_failed",
        "the service answered without an account, so it did not accept the credentials",
        Fix("credentials", fields_in(spec, "auth")),
    )


def retry_after(answer: Answer) -> float | None:
    """Return how many seconds an overloaded service asks to wait, else None."""
    text = answer.headers.get("retry-after", "").strip()
    if answer.status not in _RETRIED or not text:
        return None
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def check_status(
    answer: Answer, request: Mapping[str, Any], spec: Mapping[str, Any], *, refused: bool = False
) -> None:
    """Raise ProbeFailed for an unexpected status; with `refused` it means refused credentials."""
    status, expected = answer.status, request.get("expect_status")
    good = status == expected if expected else 200 <= status < 300
    if good:
        return
    in_front = None if refused else wall(answer, request)
    if in_front is not None:
        raise in_front
    credentials = Fix("credentials", fields_in(spec, "auth"))
    settings = Fix("settings", fields_in([request.get("url"), request.get("query")], "config"))
    if refused or status in _refusing(spec) or status == 401:
        if "insufficient_scope" in answer.headers.get("www-authenticate", ""):
            raise _lacks_scope(status, credentials)
        text = f"the service refuses the credentials (status {status})"
        raise ProbeFailed("auth_failed", text, credentials)
    _check_address(answer, spec, credentials)
    if status == 403:
        raise _lacks_scope(status, credentials)
    if status == 429:
        raise ProbeFailed("rate_limited", _later(answer), Fix("again"))
    if is_temporary(status):
        text = f"the service is not available (status {status})"
        raise ProbeFailed("unreachable", text, Fix("again"))
    raise ProbeFailed("invalid_config", _odd_status(answer), settings)


def _check_address(answer: Answer, spec: Mapping[str, Any], credentials: Fix) -> None:
    """Raise ProbeFailed if the address is the credential, and the service does not know it."""
    is_gone = answer.status in {404, 410} and not is_page(answer)
    if is_gone and spec.get("send", {}).get("as") == "url":
        text = f"the service does not know this address any more (status {answer.status})"
        raise ProbeFailed("auth_failed", text, credentials)


def read_json(answer: Answer, request: Mapping[str, Any], spec: Mapping[str, Any]) -> Any:
    """Return the answer's JSON; raises ProbeFailed for a web page or other content."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        if is_page(answer):
            raise html_problem(answer, request) from None
        fix = Fix("settings", fields_in(request.get("url"), "config"))
        text = "the answer is not JSON, so the address is not that of the API"
        raise ProbeFailed("invalid_config", text, fix) from None


def html_problem(answer: Answer, request: Mapping[str, Any]) -> ProbeFailed:
    """Return the error for an HTML page with a good status."""
    page = answer.body.lower()
    if any(mark in page for mark in _LOGIN):
        return ProbeFailed(
            "invalid_config",
            "the answer is a login page, not JSON: a security plugin or the web server may remove"
            " the Authorization header",
            Fix("settings", fields_in(request.get("url"), "config")),
        )
    return ProbeFailed(
        "invalid_config",
        "the answer is a web page, not JSON: the address is not that of the API, or a proxy or"
        " security plugin is in front of it",
        Fix("settings", fields_in(request.get("url"), "config")),
    )


def check_json(document: Any, spec: Mapping[str, Any]) -> None:
    """Raise ProbeFailed unless every expected path has its value."""
    for path, expected in (spec.get("expect_json") or {}).items():
        found = at_path(document, path)
        if found == expected and isinstance(found, bool) == isinstance(expected, bool):
            continue
        credentials = Fix("credentials", fields_in(spec, "auth"))
        word = document.get("error") if isinstance(document, Mapping) else None
        if isinstance(word, str) and "scope" in word:
            raise _lacks_scope(None, credentials)
        if isinstance(word, str) and word.replace("_", "") == "ratelimited":
            raise ProbeFailed("rate_limited", "too many requests", Fix("again"))
        text = f"the service does not accept the credentials: {path} is not {json.dumps(expected)}"
        raise ProbeFailed("auth_failed", text, credentials)


def check_scopes(document: Any, spec: Mapping[str, Any]) -> None:
    """Raise ProbeFailed unless every expected list contains the scopes that are needed."""
    for path, needed in (spec.get("expect_scopes") or {}).items():
        found = at_path(document, path)
        held = found if isinstance(found, list) else []
        missing = [name for name in needed if name not in held]
        if missing:
            text = f"the service accepts the credentials, but they lack {', '.join(missing)}"
            fix = Fix("credentials", fields_in(spec, "auth"))
            raise ProbeFailed("insufficient_scope", text, fix)


def _refusing(spec: Mapping[str, Any]) -> tuple[int, ...]:
    return tuple(spec.get("refuse_status") or (401,))


def _lacks_scope(status: int | None, fix: Fix) -> ProbeFailed:
    where = f" (status {status})" if status else ""
    return ProbeFailed(
        "insufficient_scope",
        f"the service accepts the credentials, but they are not allowed to do this{where}",
        fix,
    )


def _later(answer: Answer) -> str:
    wait = retry_after(answer)
    when = f" {wait:.0f} seconds" if wait else " a while"
    return f"too many requests (status 429); try again in{when}"


def _odd_status(answer: Answer) -> str:
    status = answer.status
    if 300 <= status < 400:
        return f"the address redirects{_elsewhere(answer)}, which is not followed (status {status})"
    if status in {404, 410}:
        return f"there is nothing at this address (status {status})"
    return f"the service does not accept the request (status {status})"


def _elsewhere(answer: Answer) -> str:
    """Return the scheme and host of a redirect; the rest could contain a secret."""
    try:
        parts = urlsplit(answer.headers.get("location", ""))
        host = parts.hostname
    except ValueError:
        return ""
    if not host or not host.isprintable():
        return " to another path"
    return f" to {parts.scheme or 'https'}://{host[:100]}"
