"""Special cases that data cannot express, by the key of the type."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors_cli.net.client import Answer
from connectors_cli.net.credentials import Draft
from connectors_cli.net.failure import ProbeFailed
from connectors_cli.net.permalinks import plain_route
from connectors_cli.net.templates import Values
from connectors_cli.probes.finding import Account
from connectors_cli.probes.walls import WALL, asks_for_password, is_page, object_in, server_password

_NO_FEED = "the address is not that of an RSS or Atom feed"
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Special:
    """Functions of one type: they change its request and read its answer.

    `refused` returns whether an answer means refused credentials for this type only, and `explain`
    returns the failure for an answer that means something special. `accepts` returns a sentence
    for a failure that shows good credentials, `closer` the request that asks for the reason of a
    failure, and `end` the one that ends a test's session.
    """

    prepare: Callable[[Draft, Values], None] | None = None
    account: Callable[[Answer, Values], Account] | None = None
    refused: Callable[[Answer, Values], bool] | None = None
    explain: Callable[[Answer, dict[str, Any]], ProbeFailed | None] | None = None
    accepts: Callable[[Answer], str | None] | None = None
    closer: Callable[[Answer, Mapping[str, Any]], dict[str, Any] | None] | None = None
    end: Callable[[Answer, Values], dict[str, Any] | None] | None = None


def _bucket_address(draft: Draft, values: Values) -> None:
    """Put the bucket into the path, if there is an endpoint or path style is forced."""
    endpoint, region = values.config.get("endpoint"), values.config.get("region", "us-east-1")
    if endpoint or values.config.get("force_path_style"):
        base = endpoint or f"https://s3.{region}.amazonaws.com"
        draft.url = values.fill_url(base + "/{config.bucket}")


def _bucket(_: Answer, values: Values) -> Account:
    return Account(label=str(values.config.get("bucket")))


_S3_REFUSED = frozenset({
    "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken",
    "TokenRefreshRequired", "InvalidSecurity", "UnauthorizedAccess",
})  # fmt: skip
_S3_CODE = re.compile(rb"<Code>([A-Za-z]+)</Code>")


def _s3_code(answer: Answer) -> str:
    found = _S3_CODE.search(answer.body)
    return found[1].decode() if found else ""


def _bucket_refused(answer: Answer, values: Values) -> bool:
    """Return whether S3 refuses the key pair or the session token, and not only the request.

    Some servers send no code; a wrong region is also status 400.
    """
    code = _s3_code(answer)
    if code:
        return code in _S3_REFUSED
    if is_page(answer):
        return False
    session = values.auth.get("session_token")
    is_token = bool(session) and "x-amz-bucket-region" not in answer.headers
    return answer.status == 403 or (answer.status == 400 and is_token)


def _bucket_closer(answer: Answer, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request that says why HEAD, whose answer has no body, was refused."""
    if answer.status != 403 or request.get("method") != "HEAD":
        return None
    return {**request, "method": "GET", "query": {"list-type": "2", "max-keys": "0"}}


def _bucket_known(answer: Answer) -> str | None:
    """Return what it means that a key pair may not list its bucket: it may still write."""
    if answer.status == 403 and _s3_code(answer) == "AccessDenied":
        return (
            "the credentials work, but may not list the bucket; that they may write was not tried"
        )
    return None


def _bucket_problem(answer: Answer, _: dict[str, Any]) -> ProbeFailed | None:
    if _s3_code(answer) == "RequestTimeTooSkewed":
        return ProbeFailed("invalid_config", "the clock of this machine is wrong")
    return None


def _session_end(answer: Answer, values: Values) -> dict[str, Any] | None:
    """Return the request that ends the session which a test opened at Bluesky."""
    token = (object_in(answer) or {}).get("refreshJwt")
    if not isinstance(token, str):
        return None
    url = values.fill_url("{config.service_url}/xrpc/com.atproto.server.deleteSession")
    return {"method": "POST", "url": url, "headers": {"Authorization": f"Bearer {token}"}}


def _lemmy_end(_: Answer, values: Values) -> dict[str, Any] | None:
    """Return the request that ends the session which a test opened at Lemmy."""
    token = values.optional("{step.jwt}")
    if token is None:
        return None
    url = values.fill_url("{config.instance_url}/api/v3/user/logout")
    return {"method": "POST", "url": url, "headers": {"Authorization": f"Bearer {token}"}}


def _feed(answer: Answer, _: Values) -> Account:
    """Return the title of an RSS or Atom feed as the account."""
    from xml.etree import ElementTree

    try:
        if _ENTITY.search(answer.body):
            raise ElementTree.ParseError
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - as above; 1 MiB at most
    except ElementTree.ParseError:
        raise ProbeFailed("invalid_config", _NO_FEED) from None
    if root.tag.rpartition("}")[2].lower() not in {"rss", "feed", "rdf"}:
        raise ProbeFailed("invalid_config", _NO_FEED)
    titles = (node for node in root.iter() if node.tag.rpartition("}")[2] == "title")
    title = next((node.text for node in titles if node.text), None)
    return Account(label=title.strip()[:200] if title else None)


_NO_PASSWORDS = "the site has application passwords turned off"
_DROPPED = (
    "the site did not get the application password: the web server removes the Authorization"
    " header, or the site has application passwords turned off"
)
_CLOSED = "the site has its REST API closed, probably with a security plugin"
_WORDPRESS = {
    "application_passwords_disabled": _NO_PASSWORDS,
    "application_passwords_disabled_for_user": "application passwords are turned off for this user",
    "rest_not_logged_in": _DROPPED,
    "rest_cannot_access": _CLOSED,
    "rest_login_required": _CLOSED,
    "rest_disabled": _CLOSED,
    "rest_api_disabled": _CLOSED,
}


def _wordpress_closer(answer: Answer, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the same request for a site with plain permalinks, where /wp-json is not found."""
    if answer.status != 404 or object_in(answer) is not None:
        return None
    url = plain_route(request["url"])
    return {**request, "url": url} if url else None


def _wordpress(answer: Answer, _: dict[str, Any]) -> ProbeFailed | None:
    """Return the failure for answers of WordPress that do not say that the password is wrong.

    WordPress names a code in every answer: one without it comes from what is in front.
    """
    if answer.status < 400:
        return None
    document = object_in(answer) or {}
    meaning = _WORDPRESS.get(str(document.get("code")))
    if meaning is not None:
        return ProbeFailed("invalid_config", f"{meaning} (status {answer.status})", WALL)
    if asks_for_password(answer) and not document.get("code"):
        return server_password(answer)
    return None


SPECIAL: dict[str, Special] = {
    "rss": Special(account=_feed),
    "wordpress": Special(explain=_wordpress, closer=_wordpress_closer),
    "bluesky": Special(end=_session_end),
    "lemmy": Special(end=_lemmy_end),
    "s3": Special(
        prepare=_bucket_address,
        account=_bucket,
        refused=_bucket_refused,
        explain=_bucket_problem,
        accepts=_bucket_known,
        closer=_bucket_closer,
    ),
}
