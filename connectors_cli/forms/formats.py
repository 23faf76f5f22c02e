"""The formats that are checked: those where a wrong value is certain to be wrong."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from connectors_cli.system.domains import ascii_domain

LONGEST = 10_000
HOST = re.compile(
    r"(?=.{1,253}\.?\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?\Z"
)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
DURATION = re.compile(
    r"P(?=.)(\d+W|(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?)\Z", re.ASCII
)
POINTER = re.compile(r"(/([^/~]|~[01])*)*\Z")
RELATIVE = re.compile(r"(0|[1-9][0-9]*)(#|(/([^/~]|~[01])*)*)\Z")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNSEEN = re.compile(r"[\x00-\x20\x7f]")
USUAL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/-]*)?\Z")
"""Addresses that are certainly valid: RFC 3986 as a whole is slow to import."""


def _date(text: str) -> bool:
    if DAY.match(text) is None:
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _moment(text: str) -> bool:
    from rfc3339_validator import validate_rfc3339  # slow to import, as the next

    return "\n" not in text and bool(validate_rfc3339(text.upper()))


def _address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        import ipaddress

        kinds = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
        try:
            kinds[version](text)
        except ValueError:
            return False
        return "%" not in text

    return check


def _email(text: str) -> bool:
    """An address, or a name with the address in angle brackets; its domain is ASCII."""
    if text.endswith(">") and "<" in text and not CONTROL.search(text):
        text = text[text.rindex("<") + 1 : -1]
    local, _, domain = text.rpartition("@")
    quoted = local.startswith('"') and local.endswith('"')
    return bool(local and domain.isascii() and domain) and (quoted or not UNSEEN.search(text))


def _uri(text: str) -> bool:
    if USUAL.match(text):
        return True
    from rfc3986_validator import validate_rfc3986

    return not UNSEEN.search(text) and bool(validate_rfc3986(text))


def _reference(text: str) -> bool:
    from rfc3986_validator import validate_rfc3986

    return not UNSEEN.search(text) and bool(validate_rfc3986(text, rule="URI_reference"))


def _idn_email(text: str) -> bool:
    name, at, domain = text.rpartition("@")
    return _email(f"{name}{at}{ascii_domain(domain)}")


def _idn_host(text: str) -> bool:
    return HOST.match((ascii_domain(text) or "").lower()) is not None


def _seen(text: str) -> bool:
    return not UNSEEN.search(text)


def _regex(text: str) -> bool:
    from connectors_cli.forms.regex import match
    from connectors_cli.forms.regex.nodes import PatternUnusableError

    complaint = match.complaint(text)
    return complaint is None or isinstance(complaint, PatternUnusableError)


CHECKS: dict[str, Callable[[str], bool]] = {
    "date-time": _moment,
    "date": _date,
    "time": lambda text: _moment(f"1970-01-01T{text}") or _moment(f"1970-01-01T{text}Z"),
    "duration": lambda text: DURATION.match(text) is not None,
    "email": _email,
    "idn-email": _idn_email,
    "hostname": lambda text: HOST.match(text.lower()) is not None,
    "ipv4": _address(4),
    "ipv6": _address(6),
    "uri": _uri,
    "uri-reference": _reference,
    "iri": lambda text: ":" in text and not UNSEEN.search(text),
    "iri-reference": _seen,
    "uri-template": lambda text: _seen(text) and text.count("{") == text.count("}"),
    "idn-hostname": _idn_host,
    "relative-json-pointer": lambda text: RELATIVE.match(text) is not None,
    "color": lambda text: not CONTROL.search(text),
    "uuid": lambda text: UUID.match(text.lower()) is not None,
    "json-pointer": lambda text: POINTER.match(text) is not None,
    "regex": _regex,
}
SAMPLES = {
    "date-time": (
        "2021-03-01T00:00:00Z",
        "2021-03-01T00:00:00.000Z",
        "2021-03-01T00:00:00.000000Z",
        "2021-03-01T00:00:00+00:00",
    ),
    "date": ("2021-03-01",),
    "time": ("12:30:00Z", "12:30:00.000Z", "12:30:00+00:00"),
    "duration": ("P1D", "PT5M", "P1Y2M3DT4H5M6S"),
    "email": ("a@example.com", "user@example.com"),
    "hostname": ("localhost", "db.example.com", "a.b.example.com"),
    "ipv4": ("10.0.0.1", "192.168.100.200"),
    "ipv6": ("::1", "2001:db8:0:0:0:0:0:1"),
    "uuid": ("123e4567-e89b-42d3-a456-426614174000", "123E4567-E89B-42D3-A456-426614174000"),
}
"""What is certainly of a format: a pattern that finds none of them contradicts it."""


def holds(name: Any, text: str, pattern: Any) -> bool:
    """Whether a text is of a format; where its pattern contradicts that, the pattern wins."""
    check = CHECKS.get(name) if isinstance(name, str) else None
    if check is None:
        return True
    if isinstance(pattern, str) and _contradicted(name, pattern):
        return True
    return len(text) <= LONGEST and check(text)


@lru_cache(maxsize=512)
def _contradicted(name: str, pattern: str) -> bool:
    from connectors_cli.forms.regex import match

    samples = SAMPLES.get(name, ())
    return bool(samples) and not any(match.found(pattern, sample) for sample in samples)
