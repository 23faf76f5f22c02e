"""Answers that do not come from the service: from a firewall or web server in front of it."""

import json
import re
from collections.abc import Mapping
from typing import Any

from connectors_cli.net.client import Answer
from connectors_cli.net.failure import Fix, ProbeFailed

WALL = Fix("wall")
"""The fix of what no setting of a connector changes."""
_REFUSED = frozenset({401, 403, 406})
_HOPELESS = frozenset({501, 505, 506, 510})
_REALM = re.compile(r"""realm=(?:"([^"]{0,80})"|([^\s,]{1,80}))""", re.IGNORECASE)
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_START = 512
_CLOUDFLARE_ERROR = b"error code: 1"


def is_page(answer: Answer) -> bool:
    """Return whether an answer is a web page."""
    start = answer.body[:_START].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return True
    return answer.media_type in _HTML and b"<" in start


def object_in(answer: Answer) -> dict[str, Any] | None:
    """Return the JSON object of an answer, None without one."""
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def is_temporary(status: int) -> bool:
    """Return whether a status says to try again later; 501 and its like never get better."""
    return status in {408, 429} or (status >= 500 and status not in _HOPELESS)


def wall(answer: Answer, request: Mapping[str, Any]) -> ProbeFailed | None:
    """Return the failure for an answer of what is in front of a service; None if it is its own.

    Such an answer says nothing about the credentials: it never turns a connector's status.
    """
    status, name = answer.status, _firewall(answer)
    if name is not None:
        text = f"{name} is in front of the service and stopped the request (status {status})"
        return ProbeFailed("invalid_config", text, WALL)
    if status not in _REFUSED:
        return None
    if asks_for_password(answer) and (is_page(answer) or not _says_something(answer, request)):
        return server_password(answer)
    if is_page(answer):
        return web_page(answer)
    if status == 403 and not _says_something(answer, request):
        text = (
            "the request was refused without a reason (status 403): a firewall or security plugin"
            " may be in front of the service"
        )
        return ProbeFailed("invalid_config", text, WALL)
    return None


def web_page(answer: Answer) -> ProbeFailed:
    """Return the failure for a web page instead of the answer of an API."""
    text = (
        "a web page came instead of the API's answer: a firewall or security plugin is in front"
        f" of the service (status {answer.status})"
    )
    return ProbeFailed("invalid_config", text, WALL)


def server_password(answer: Answer) -> ProbeFailed:
    """Return the failure for a web server that wants a password of its own."""
    found = _REALM.search(answer.headers.get("www-authenticate", ""))
    realm = (found[1] or found[2] or "") if found else ""
    named = f" (realm {''.join(c for c in realm if c.isprintable())})" if realm else ""
    text = (
        f"the web server itself wants a password{named}, so the request does not reach the API:"
        " remove that protection from the API's path"
    )
    return ProbeFailed("invalid_config", text, WALL)


def asks_for_password(answer: Answer) -> bool:
    """Return whether an answer wants HTTP Basic authentication."""
    challenge = answer.headers.get("www-authenticate", "").lower()
    return answer.status == 401 and challenge.lstrip().startswith("basic")


def _says_something(answer: Answer, request: Mapping[str, Any]) -> bool:
    """Return whether an answer has a body; one to HEAD never has."""
    return request.get("method") == "HEAD" or bool(answer.body.strip())


def _firewall(answer: Answer) -> str | None:
    """Return the name of a firewall that answered itself."""
    headers, is_failure = answer.headers, answer.status >= 400
    if headers.get("cf-mitigated") or (
        answer.status in _REFUSED
        and headers.get("cf-ray")
        and (is_page(answer) or answer.body.lstrip().startswith(_CLOUDFLARE_ERROR))
    ):
        return "Cloudflare"
    if headers.get("x-amzn-waf-action"):
        return "AWS WAF"
    if is_failure and headers.get("x-datadome"):
        return "DataDome"
    if is_failure and is_page(answer) and headers.get("x-sucuri-id"):
        return "Sucuri"
    return None
