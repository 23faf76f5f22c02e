"""What an HTTP answer says of a connector: refused, out of order, or as it should be."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from connectors_cli.http import Answer
from connectors_cli.probes.finding import Fix, ProbeFailed
from connectors_cli.probes.values import fields_in

_LOGIN = (b'type="password"', b"type='password'", b"type=password", b"wp-login", b"login-form")
_RETRIED = frozenset({429, 503})


def wait_asked(answer: Answer) -> float | None:
    """Return how many seconds an overloaded service asks to wait, None when it does not say."""
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
    """Raise ProbeFailed unless the status is the one that is due; `refused` says what it means."""
    status, due = answer.status, request.get("expect_status")
    good = status == due if due else 200 <= status < 300
    if good:
        return
    credentials = Fix("credentials", fields_in(spec, "auth"))
    settings = Fix("settings", fields_in([request.get("url"), request.get("query")], "config"))
    if refused or status in _refusing(spec) or status == 401:
        if "insufficient_scope" in answer.headers.get("www-authenticate", ""):
            raise _lacks_scope(status, credentials)
        text = f"the service refuses the credentials (status {status})"
        raise ProbeFailed("auth_failed", text, credentials)
    if status == 403:
        raise _lacks_scope(status, credentials)
    if status == 429:
        raise ProbeFailed("rate_limited", _later(answer), Fix("again"))
    if status == 408 or status >= 500:
        text = f"the service is out of order (status {status})"
        raise ProbeFailed("unreachable", text, Fix("again"))
    raise ProbeFailed("invalid_config", _odd_status(answer), settings)


def due_json(answer: Answer, request: Mapping[str, Any], spec: Mapping[str, Any]) -> Any:
    """Return the answer's JSON; ProbeFailed when it is a page for people, or anything else."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        if is_page(answer):
            raise page_problem(answer, request, spec) from None
        fix = Fix("settings", fields_in(request.get("url"), "config"))
        text = "the answer is not the JSON that the API of this service gives"
        raise ProbeFailed("invalid_config", text, fix) from None


def is_page(answer: Answer) -> bool:
    """Tell whether an answer is a page of HTML."""
    start = answer.body[:512].lstrip().lower()
    return answer.media_type in {"text/html", "application/xhtml+xml"} or start.startswith(
        (b"<!doctype html", b"<html")
    )


def page_problem(
    answer: Answer, request: Mapping[str, Any], spec: Mapping[str, Any]
) -> ProbeFailed:
    """Return what is wrong when a page of HTML came with a good status."""
    page = answer.body.lower()
    if any(mark in page for mark in _LOGIN):
        return ProbeFailed(
            "auth_failed",
            "a login page came instead of JSON: the credentials did not get through; a security"
            " plugin or the web server may drop the Authorization header",
            Fix("credentials", fields_in(spec, "auth")),
        )
    return ProbeFailed(
        "invalid_config",
        "a web page came instead of JSON: either the address is not that of the API, or a proxy or"
        " security plugin stands in front of it",
        Fix("settings", fields_in(request.get("url"), "config")),
    )


def check_json(document: Any, spec: Mapping[str, Any]) -> None:
    """Raise ProbeFailed unless every path that is expected holds its value."""
    from connectors_cli.probes.reading import at_path

    for path, due in (spec.get("expect_json") or {}).items():
        found = at_path(document, path)
        if found == due and isinstance(found, bool) == isinstance(due, bool):
            continue
        credentials = Fix("credentials", fields_in(spec, "auth"))
        word = document.get("error") if isinstance(document, Mapping) else None
        if isinstance(word, str) and "scope" in word:
            raise _lacks_scope(None, credentials)
        if isinstance(word, str) and word.replace("_", "") == "ratelimited":
            raise ProbeFailed("rate_limited", "the service asks to slow down", Fix("again"))
        text = f"the service does not accept the credentials: {path} is not {json.dumps(due)}"
        raise ProbeFailed("auth_failed", text, credentials)


def check_scopes(document: Any, spec: Mapping[str, Any]) -> None:
    """Raise ProbeFailed unless every list that is expected holds all that is needed."""
    from connectors_cli.probes.reading import at_path

    for path, needed in (spec.get("expect_scopes") or {}).items():
        found = at_path(document, path)
        held = found if isinstance(found, list) else []
        missing = [name for name in needed if name not in held]
        if missing:
            text = f"the service knows the credentials, but they lack {', '.join(missing)}"
            fix = Fix("credentials", fields_in(spec, "auth"))
            raise ProbeFailed("insufficient_scope", text, fix)


def _refusing(spec: Mapping[str, Any]) -> tuple[int, ...]:
    given = spec.get("refuse_status")
    if given:
        return tuple(given)
    # S3 answers 403 to a wrong key too, and HEAD has no body that would tell them apart.
    return (401, 403) if spec.get("send", {}).get("as") == "aws_sigv4" else (401,)


def _lacks_scope(status: int | None, fix: Fix) -> ProbeFailed:
    where = f" (status {status})" if status else ""
    return ProbeFailed(
        "insufficient_scope",
        f"the service knows the credentials, but they may not do this{where}",
        fix,
    )


def _later(answer: Answer) -> str:
    wait = wait_asked(answer)
    when = f" {wait:.0f} seconds" if wait else " a while"
    return f"the service asks to slow down (status 429): try again in{when}"


def _odd_status(answer: Answer) -> str:
    status = answer.status
    if 300 <= status < 400:
        return f"the address redirects{_elsewhere(answer)}, which is not followed (status {status})"
    if status in {404, 410}:
        return f"nothing is found at this address (status {status})"
    return f"the service does not take the request (status {status})"


def _elsewhere(answer: Answer) -> str:
    """Name the scheme and host of a redirect; the rest could hold anything."""
    try:
        parts = urlsplit(answer.headers.get("location", ""))
        host = parts.hostname
    except ValueError:
        return ""
    if not host or not host.isprintable():
        return " to another path"
    return f" to {parts.scheme or 'https'}://{host[:100]}"
