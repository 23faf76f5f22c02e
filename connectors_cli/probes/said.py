"""The service's own words in an answer that is a failure, for people who look for the cause."""

import html
import re
from collections.abc import Mapping
from typing import Any

from connectors_cli.net.client import Answer
from connectors_cli.probes.walls import is_page, object_in

LONGEST = 2000
"""The most characters that are kept until secrets are masked."""
_WORDS = ("message", "error_description", "detail", "description", "title", "reason", "msg", "text")
_CODES = ("code", "error_code", "errcode", "error", "type", "errors")
_DEEPEST = 4
_TITLE = re.compile(rb"<(title|h1)[^>]*>(.*?)</", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"<(Code|Message)>(.*?)</", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def words_of(answer: Answer) -> str | None:
    """Return what an answer says about a failure, as one line; None if it says nothing."""
    document = object_in(answer)
    if document is not None:
        return one_line(": ".join(dict.fromkeys(_from_json(document, 0))))
    if answer.body[:5] == b"<?xml" or _XML.search(answer.body[:LONGEST]):
        return one_line(": ".join(_decoded(text) for _, text in _XML.findall(answer.body)))
    if is_page(answer):
        found = _TITLE.search(answer.body)
        return one_line(html.unescape(_TAG.sub(" ", _decoded(found[2])))) if found else None
    return one_line(_decoded(answer.body[:LONGEST]))


def one_line(text: str | bytes | None) -> str | None:
    """Return a server's text as one line of printable characters; None without any."""
    shown = _decoded(text) if isinstance(text, bytes) else text or ""
    clean = "".join(char if char.isprintable() else " " for char in shown[:LONGEST])
    return " ".join(clean.split()) or None


def _from_json(value: Any, depth: int) -> list[str]:
    """Return the code and the sentence of an error, wherever an API has them."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list) and value:
        return _from_json(value[0], depth)
    if not isinstance(value, Mapping) or depth > _DEEPEST:
        return []
    found: list[str] = []
    for names in (_CODES, _WORDS):
        for name in names:
            inner = value.get(name)
            texts = [str(inner)] if _is_number(inner) else _from_json(inner, depth + 1)
            if texts:
                found += texts
                break
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")
