"""Special cases that data cannot express, by the key of the type."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors_cli.net.client import Answer
from connectors_cli.net.credentials import Draft
from connectors_cli.net.failure import ProbeFailed
from connectors_cli.net.templates import Values
from connectors_cli.probes.finding import Account

_NO_FEED = "the address is not that of an RSS or Atom feed"
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Special:
    """Functions of one type: they change its request and read its answer.

    `refused` returns whether an answer means refused credentials for this type only.
    """

    prepare: Callable[[Draft, Values], None] | None = None
    account: Callable[[Answer, Values], Account] | None = None
    refused: Callable[[Answer, Values], bool] | None = None


def _bucket_address(draft: Draft, values: Values) -> None:
    """Put the bucket into the path, if there is an endpoint or path style is forced."""
    endpoint, region = values.config.get("endpoint"), values.config.get("region", "us-east-1")
    if endpoint or values.config.get("force_path_style"):
        base = endpoint or f"https://s3.{region}.amazonaws.com"
        draft.url = values.fill_url(base + "/{config.bucket}")


def _bucket(_: Answer, values: Values) -> Account:
    return Account(label=str(values.config.get("bucket")))


def _session_refused(answer: Answer, values: Values) -> bool:
    """Return whether status 400 refuses the session token; S3 also sends it for a wrong region."""
    session = values.auth.get("session_token")
    return answer.status == 400 and bool(session) and "x-amz-bucket-region" not in answer.headers


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


SPECIAL: dict[str, Special] = {
    "rss": Special(account=_feed),
    "s3": Special(prepare=_bucket_address, account=_bucket, refused=_session_refused),
}
