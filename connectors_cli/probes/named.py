"""What data cannot say of a few services: functions by the key of the type."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from connectors_cli.http import Answer
from connectors_cli.probes.finding import Account, ProbeFailed
from connectors_cli.probes.sending import Draft
from connectors_cli.probes.values import Values

_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """Functions of one type: what is changed of its request, and how its answer is read.

    `refused` tells of a status that means refused credentials here, and another thing elsewhere.
    """

    prepare: Callable[[Draft, Values], None] | None = None
    account: Callable[[Answer, Values], Account] | None = None
    refused: Callable[[Answer, Values], bool] | None = None


def _bucket_address(draft: Draft, values: Values) -> None:
    """Put the bucket into the path where there is an endpoint, or path style is asked for."""
    endpoint, region = values.config.get("endpoint"), values.config.get("region", "us-east-1")
    if endpoint or values.config.get("force_path_style"):
        base = endpoint or f"https://s3.{region}.amazonaws.com"
        draft.url = values.fill_url(base + "/{config.bucket}")


def _bucket(_: Answer, values: Values) -> Account:
    return Account(label=str(values.config.get("bucket")))


def _session_refused(answer: Answer, values: Values) -> bool:
    """Tell whether 400 is of a session token, which S3 says so; of another region it names it."""
    session = values.auth.get("session_token")
    return answer.status == 400 and bool(session) and "x-amz-bucket-region" not in answer.headers


def _feed(answer: Answer, _: Values) -> Account:
    """Return the title of an RSS or Atom feed."""
    from xml.etree import ElementTree

    try:
        if _ENTITY.search(answer.body):
            raise ElementTree.ParseError
        root = ElementTree.fromstring(answer.body)  # noqa: S314 - as above; 1 MiB at most
    except ElementTree.ParseError:
        raise ProbeFailed("invalid_config", "what is there is no RSS or Atom feed") from None
    if root.tag.rpartition("}")[2].lower() not in {"rss", "feed", "rdf"}:
        raise ProbeFailed("invalid_config", "what is there is no RSS or Atom feed")
    titles = (node for node in root.iter() if node.tag.rpartition("}")[2] == "title")
    title = next((node.text for node in titles if node.text), None)
    return Account(label=title.strip()[:200] if title else None)


NAMED: dict[str, Named] = {
    "rss": Named(account=_feed),
    "s3": Named(prepare=_bucket_address, account=_bucket, refused=_session_refused),
}
