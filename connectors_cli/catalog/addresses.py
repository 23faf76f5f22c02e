"""The addresses that a type's credentials are sent to, and what values must be to be sent."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import SplitResult, urlsplit

from connectors_cli.catalog.defaults import with_defaults
from connectors_cli.catalog.entry import Entry, Part
from connectors_cli.errors import Problem
from connectors_cli.forms.references import resolve
from connectors_cli.net.addresses import Forbidden, check_url
from connectors_cli.net.failure import ProbeFailed
from connectors_cli.net.templates import PLACEHOLDER, Values, fields_in, is_private, path_start
from connectors_cli.system.unseen import unseen_problem

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21, "sftp": 22, "smtp": 465}
_PAGES = frozenset({"authorization_url"})
"""Addresses that a browser opens; no credential is sent there."""
_OWN_PARTS = {"s3": ("endpoint",)}
"""Settings that replace the address of a built-in type's test."""
_SOUNDS_LIKE_ADDRESS = re.compile(r"(?:.*_)?(?:url|host|hostname|server|endpoint)")
_SENT_IN_HEADERS = {
    "bearer": ("value",),
    "header": ("name", "value"),
    "aws_sigv4": ("access_key", "session_token", "region"),
}
_BREAKS = re.compile(r"[\r\n\0]")
_WITH_PASSWORD = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#@]*:[^\s/?#]+@")
_USER_NAME = re.compile("user|login|identifier|account|email")
_FORMS = frozenset({"format", "pattern", "enum", "const"})
_USER = "must not contain a user name or password"
_PORT = "has an invalid host or port"
_HOST = "has no host"
_BREAK = "must not contain a line break or NUL"
_WHOLE = re.compile(r"\{config\.([^{}.|]+)[^{}]*\}")


class Addresses:
    """The addresses of one type, made ready for many connectors."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._all = tuple(dict.fromkeys(_templates(entry)))

    @cached_property
    def fields(self) -> frozenset[str]:
        """The settings that decide where credentials are sent."""
        named = (name for text in self._sent_to for name in fields_in(text, "config"))
        return frozenset((*named, *self._alone))

    def origins(self, config: Mapping[str, Any]) -> tuple[str, ...]:
        """Return every scheme://host:port that credentials are sent to with these settings.

        The addresses that a built-in type does not fill from settings come from the program, and
        can change with it; they are left out.
        """
        values = Values(self._with_defaults(config), {})
        texts = [_filled(values, text) for text in self._sent_to]
        texts += [values.config.get(name) for name in self._alone]
        return tuple(sorted({origin(text) for text in texts if isinstance(text, str) and text}))

    def _with_defaults(self, config: Mapping[str, Any]) -> dict[str, Any]:
        return with_defaults(self._entry.config_schema, dict(config))

    def problems(
        self, config: Mapping[str, Any], auth: Mapping[str, Any]
    ) -> Iterator[tuple[Part, Problem]]:
        """Yield what makes values unfit to be sent, although they match the schemas."""
        given: tuple[tuple[Part, Mapping[str, Any]], ...] = (("config", config), ("auth", auth))
        for part, values in given:
            for name, value in values.items():
                for path, message in self._all_problems(part, name, value):
                    yield part, Problem(path, "address", message)
        yield from (("config", problem) for problem in self._host_problems(config))

    def problem(self, part: Part, name: str, value: Any) -> str | None:
        """Return what is wrong with the value of one field, None if nothing is."""
        return next((message for _, message in self._all_problems(part, name, value)), None)

    def _all_problems(
        self, part: Part, name: str, value: Any
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        seen = set()
        for path, message in self._field_problems(part, name, value):
            seen.add(path)
            yield path, message + (self._place_of_credentials if message == _USER else "")
        for path, text in _texts((name,), value):
            if path in seen:
                continue
            if part == "auth" and not text.strip() and self._is_empty_secret(path, text):
                yield path, "is empty"
            elif part == "config" and _WITH_PASSWORD.match(text):
                yield path, _USER + self._place_of_credentials
            elif not (text.isascii() and text.isprintable()):
                found = unseen_problem(text, exact=self._is_exact(part, path))
                if found is not None and not self._is_named(part, path, text):
                    yield path, found

    def _is_empty_secret(self, path: tuple[str | int, ...], text: str) -> bool:
        """Return whether a blank text stands for a secret, and no schema names it."""
        from connectors_cli.forms.secrets import secrets_of

        is_secret = secrets_of(self._entry.auth_schema).at(path)
        return is_secret and not self._is_named("auth", path, text)

    def _is_named(self, part: Part, path: tuple[str | int, ...], text: str) -> bool:
        """Return whether a schema names a text as one of the values at a path."""
        from connectors_cli.forms.secrets import secrets_of

        schema = self._entry.config_schema if part == "config" else self._entry.auth_schema
        found = secrets_of(schema).schemas_at(path)
        return any(text in (*one.get("enum", ()), one.get("const")) for one in found)

    def _is_exact(self, part: Part, path: tuple[str | int, ...]) -> bool:
        """Return whether a value is for programs: a credential, or a setting of some form."""
        if part == "auth":
            return True
        from connectors_cli.forms.secrets import secrets_of  # for the few with other characters

        schemas = secrets_of(self._entry.config_schema).schemas_at(path)
        return any(not _FORMS.isdisjoint(schema) for schema in schemas)

    @cached_property
    def _place_of_credentials(self) -> str:
        """Which options set what an address must not contain."""
        from connectors_cli.catalog.fields import fields

        own = [f for f in fields(self._entry) if f.part == "auth" and not f.filled_by_flow]
        secret = [f for f in own if f.secret]
        password = [f for f in secret if "pass" in f.name]
        password += [f for f in secret if "private" not in f.name]
        names = [f for f in own if not f.secret and _USER_NAME.search(f.name)] if password else []
        flags = [f"--set {f.name}=VALUE" for f in names[:1]]
        flags += [f"--secret {f.name}=SOURCE" for f in password[:1]]
        return f": use {' '.join(flags)}" if flags else ""

    def _field_problems(
        self, part: Part, name: str, value: Any
    ) -> Iterator[tuple[tuple[str | int, ...], str]]:
        if part == "config" and name in self._whole and isinstance(value, str):
            if message := _web_problem(value):
                yield (name,), message
        elif (part, name) in self._uris:
            items = enumerate(value) if isinstance(value, list) else ()
            texts = [((name,), value), *(((name, index), item) for index, item in items)]
            for path, text in texts:
                if message := _uri_problem(text, is_secret=self._uris[part, name]):
                    yield path, message
        if (part, name) in self._in_lines and isinstance(value, str) and _BREAKS.search(value):
            yield (name,), _BREAK

    def _host_problems(self, config: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield problems of settings that are a part of a host, or a port."""
        values = Values(self._with_defaults(config), {})
        for text in self._all:
            names = [name for name in fields_in(text, "config") if name in config]
            if not names or _WHOLE.match(text):
                continue
            message = _web_problem(_filled(values, text) or "https://host")
            if message is not None:
                is_port = message == _PORT
                what = "port" if is_port else "part of a host"
                yield Problem((names[-1 if is_port else 0],), "address", f"is not a valid {what}")
                return

    @cached_property
    def _sent_to(self) -> tuple[str, ...]:
        """The beginnings of addresses that count for origins."""
        pages = {beginning(text) for text in _pages(self._entry)}
        own = [text for text in self._all if text not in pages or text in self._requests]
        if self._entry.source == "custom":
            return tuple(own)
        return tuple(text for text in own if fields_in(text, "config"))

    @cached_property
    def _requests(self) -> frozenset[str]:
        return frozenset(beginning(text) for text in _request_urls(self._entry))

    @cached_property
    def _alone(self) -> tuple[str, ...]:
        """The settings that are addresses although no request of the type names them."""
        own = _OWN_PARTS.get(self._entry.key, ()) if self._entry.source == "builtin" else ()
        if any(_all_urls(self._entry)):
            return own
        properties = self._entry.config_schema.get("properties", {})
        return (*own, *(n for n in properties if _SOUNDS_LIKE_ADDRESS.fullmatch(n)))

    @cached_property
    def _whole(self) -> frozenset[str]:
        """The settings with which an address begins, so that each is an address itself."""
        found = (_WHOLE.match(text) for text in self._all)
        named = {one[1] for one in found if one and one[0].count(".") == 1}
        return frozenset(named)

    @cached_property
    def _uris(self) -> dict[tuple[Part, str], bool]:
        """The fields of format `uri`, and whether each is secret."""
        from connectors_cli.forms.secrets import is_secret  # forms load jsonschema

        schemas: tuple[tuple[Part, dict[str, Any]], ...] = (
            ("config", self._entry.config_schema),
            ("auth", self._entry.auth_schema),
        )
        found = {}
        for part, schema in schemas:
            for name, inner in schema.get("properties", {}).items():
                own = resolve(schema, inner)
                items = own.get("items")
                each = resolve(schema, items) if isinstance(items, dict) else {}
                if "uri" in (own.get("format"), each.get("format")):
                    found[part, name] = is_secret(own)
        return found

    @cached_property
    def _in_lines(self) -> frozenset[tuple[str, str]]:
        """The fields that become part of a header, or of a line of a protocol."""
        texts = list(_line_texts(self._entry))
        return frozenset(
            (part, name) for part in ("config", "auth") for name in fields_in(texts, part)
        )


def _texts(path: tuple[str | int, ...], value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the texts in a value, keys too, and where each is."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts((*path, name), name)
            yield from _texts((*path, name), inner)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _texts((*path, at), inner)


def beginning(template: str) -> str:
    """Return scheme, user, host and port of the template of an address."""
    blank = PLACEHOLDER.sub(lambda found: "x" * len(found[0]), template)
    return template[: path_start(blank)]


def origin(url: str) -> str:
    """Return scheme://host:port of an address; the text itself if it has no host."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return url
    if not parts.hostname:
        return url
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = port == _PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def _filled(values: Values, text: str) -> str | None:
    try:
        return values.fill_url(text)
    except ProbeFailed:  # a setting is missing, so nothing is sent there
        return None


def _web_problem(url: str) -> str | None:
    """Return what is wrong with an address that requests are sent to."""
    try:
        parts = check_url(url, _PORTS, allow_plain=True)
    except Forbidden:
        return _uri_problem(url, is_secret=False) or "is not a web address"
    return None if parts.hostname else _HOST


def _uri_problem(text: Any, *, is_secret: bool) -> str | None:
    """Return what is wrong with a URI; a secret one can contain a password, unless it is for HTTP.

    A data source name such as postgresql://user:password@host is a secret as a whole.
    """
    if not isinstance(text, str):
        return None
    try:
        parts: SplitResult = urlsplit(text)
        port = parts.port
    except ValueError:
        return _PORT
    is_web = parts.scheme in _PORTS
    if "@" in parts.netloc and (is_web or not is_secret):
        return _USER
    if port == 0:
        return _PORT
    return _HOST if is_web and not parts.hostname else None


def _templates(entry: Entry) -> Iterator[str]:
    """Yield the beginning of each address that is filled from settings alone."""
    for url in _all_urls(entry):
        first = beginning(url)
        if not any(is_private(inside) for inside in PLACEHOLDER.findall(first)):
            yield first


def _all_urls(entry: Entry) -> Iterator[str]:
    yield from _request_urls(entry)
    yield from _pages(entry)


def _pages(entry: Entry) -> Iterator[str]:
    return (u for n, u in _urls(entry.oauth or {}) if n in _PAGES)


def _request_urls(entry: Entry) -> Iterator[str]:
    """Yield the template of every address that a request of the type is sent to."""
    for spec in (entry.probe or {}, entry.oauth or {}):
        yield from (url for name, url in _urls(spec) if name not in _PAGES)


def _urls(spec: Any) -> Iterator[tuple[str, str]]:
    """Yield the addresses in a specification, and the name of each."""
    if isinstance(spec, list):
        for item in spec:
            yield from _urls(item)
    elif isinstance(spec, dict):
        for name, value in spec.items():
            if isinstance(value, str) and name in {"url", "token_url", *_PAGES}:
                yield name, value
            elif name != "redirect_params":
                yield from _urls(value)


def _line_texts(entry: Entry) -> Iterator[Any]:
    probe, oauth = entry.probe or {}, entry.oauth or {}
    send = probe.get("send", {})
    names = _SENT_IN_HEADERS.get(send.get("as"), ())
    yield from (send.get(name) for name in names)
    if probe.get("protocol") == "ftp":
        yield from (send.get("username"), send.get("password"))
    yield from _headers((probe, oauth))


def _headers(value: Any) -> Iterable[Any]:
    if isinstance(value, list | tuple):
        return [text for item in value for text in _headers(item)]
    if not isinstance(value, dict):
        return []
    own = [value[name] for name in ("headers", "token_headers") if name in value]
    return [*own, *(text for inner in value.values() for text in _headers(inner))]
