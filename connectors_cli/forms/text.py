"""Typed text as a value: as it is, as JSON, as yes or no, or as the address that was meant."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from math import inf
from typing import Any

from connectors_cli.errors import Problem
from connectors_cli.system.domains import ascii_domain
from connectors_cli.system.unseen import unseen_problem

Path = tuple[str | int, ...]
_WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_ADDRESSES = frozenset({"uri", "url", "iri"})
_HOSTS = frozenset({"hostname", "idn-hostname"})
_EMAILS = frozenset({"email", "idn-email"})
_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<host>[^\s/:@?#\[\]]+)(?P<port>:\d{1,5})?(?P<rest>([/?#]\S*)?)"
)
_URL_SAFE = "%/:?#[]@!$&'()*+,;=~"
_LOCAL = r"(?P<local>localhost|127(\.\d{1,3}){3}|\[::1\])"
_HOST = re.compile(
    rf"({_LOCAL}|[^\s/:@?#\[\]]+\.[^\s/:@?#\[\]]+|\[[0-9A-Fa-f:.]+\])(:\d{{1,5}})?([/?#]\S*)?"
)


def reading(
    check: Callable[[Any], Iterable[Problem]], path: Path, text: str, schema: Any = None
) -> Any:
    """Return the first reading of a text in which `check` finds nothing wrong at its path.

    With the `schema` of the value, an address may lack its scheme or end with a slash. If no
    reading fits, the first of the right type is returned, so that its real problem is reported.
    """
    typed: list[Any] = []
    place = tuple(0 if isinstance(step, int) else step for step in path)
    for candidate in (*_readings(text), *addresses(schema, text)):
        whole: Any = candidate
        for step in reversed(path):
            whole = [whole] if isinstance(step, int) else {step: whole}
        found = [problem for problem in check(whole) if problem.path[: len(path)] == place]
        if not found:
            return candidate
        typed += [candidate] if all(problem.rule != "type" for problem in found) else []
    return typed[0] if typed else text


def declared_reading(schemas: Iterable[dict[str, Any]], text: str) -> Any:
    """Return the reading of a text whose type one of the schemas declares; else the text.

    It is for a value inside a branch, where a whole that lacks other values fits no branch.
    """
    types = {name for schema in schemas for name in types_of(schema)}
    if "string" in types:
        return text
    return next((value for value in _readings(text) if types & _types_of(value)), text)


def addresses(schema: Any, text: str) -> Iterator[str]:
    """Yield the addresses that a text may mean, if its schema has a format of addresses.

    Of URLs that is trimmed, with a scheme, with a host in ASCII, and without a last slash; of
    e-mail addresses and hosts, trimmed and with a domain in ASCII.
    """
    format_ = schema.get("format") if isinstance(schema, dict) else None
    address = text.strip()
    if format_ in _HOSTS or format_ in _EMAILS:
        name, at, domain = address.rpartition("@")
        host = ascii_domain(domain)
        yield from () if host is None else (f"{name}{at}{host}",)
    if format_ not in _ADDRESSES:
        return
    if match := _HOST.fullmatch(address):
        address = f"{'http' if match['local'] else 'https'}://{address}"
    ascii_address = _in_ascii(address)
    if ascii_address is not None:
        yield ascii_address
        yield ascii_address.rstrip("/")


def _in_ascii(address: str) -> str | None:
    """Return an address with its host in ASCII, and the rest percent-encoded where it must be."""
    if address.isascii():
        return address
    from urllib.parse import quote  # not for the usual ones

    match = None if unseen_problem(address, exact=True) else _PARTS.fullmatch(address)
    host = ascii_domain(match["host"]) if match else None
    if match is None or host is None:
        return None
    rest = quote(unicodedata.normalize("NFC", match["rest"]), safe=_URL_SAFE)
    return f"{match['scheme']}{host}{match['port'] or ''}{rest}"


def _whole(value: Any) -> Any:
    """A number without a fraction as an integer: 1 of 1.0, 1000 of 1e3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _finite(digits: str) -> float:
    number = float(digits)
    if number in {inf, -inf}:
        raise ValueError("a number is too large")
    return number


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def with_integers(value: Any, path: Path, types_at: Callable[[Path], set[str]]) -> Any:
    """Return a value with 1 instead of 1.0 where its schemas know integers and no other numbers."""
    if isinstance(value, dict):
        return {k: with_integers(v, (*path, k), types_at) for k, v in value.items()}
    if isinstance(value, list):
        return [with_integers(v, (*path, n), types_at) for n, v in enumerate(value)]
    if not isinstance(value, float) or not value.is_integer():
        return value
    types = types_at(path)
    return int(value) if "integer" in types and "number" not in types else value


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the names of the types that a schema declares, also by its constants."""
    declared = schema.get("type")
    names = declared if isinstance(declared, list) else [declared]
    values = [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    return {name for name in names if isinstance(name, str)}.union(*map(_types_of, values))


def _types_of(value: Any) -> set[str]:
    """Return the names of a JSON value's types."""
    if isinstance(value, bool):
        return {"boolean"}
    if isinstance(value, int):
        return {"integer", "number"}
    found = {str: "string", float: "number", dict: "object", list: "array"}
    return {found.get(type(value), "null")}


def _readings(text: str) -> Iterator[Any]:
    yield text
    with suppress(ValueError, RecursionError):
        yield _whole(json.loads(text, parse_constant=_refuse, parse_float=_finite))
    if text.lower() in _WORDS:
        yield _WORDS[text.lower()]
