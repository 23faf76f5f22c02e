"""The HTTP proxy of a request, from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from connectors_cli.errors import InvalidInput, Unreachable
from connectors_cli.net.addresses import is_local_name

_PORTS = {"http": 80, "https": 443}
_WITH_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d+)")
_SEPARATORS = re.compile(r"[,\s]+")


class BadProxy(InvalidInput):
    """A variable that names a proxy which cannot be used."""

    code = "proxy"


class ProxyFailed(Unreachable):
    """The proxy did not connect to the service."""

    code = "proxy"


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: its address without the login, the login, and the variable that names it."""

    url: str
    variable: str
    login: tuple[str, str] | None = field(default=None, repr=False)

    def refused(self, status: int, host: str) -> ProxyFailed:
        """Return the error for a proxy that answered itself; it never names the login."""
        if status == 407:
            what = "wants another user and password" if self.login else "wants a user and password"
            return ProxyFailed(
                f"the proxy {self.url} {what} (status 407)",
                hint=f"write them into {self.variable}: http://USER:PASSWORD@HOST:PORT",
            )
        return ProxyFailed(f"the proxy {self.url} does not connect to {host} (status {status})")

    def unreachable(self) -> ProxyFailed:
        """Return the error for a proxy that cannot be reached."""
        return ProxyFailed(f"cannot connect to the proxy {self.url} that {self.variable} names")


def proxy_for(scheme: str, host: str, port: int | None, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for a request, or None; requests to this machine never have one.

    Raises BadProxy for a variable that names none, or a SOCKS proxy.
    """
    if is_local_name(host) or _is_exempt(host, port or _PORTS[scheme], environ):
        return None
    for name in (f"{scheme}_proxy", "all_proxy"):
        variable, text = _variable(name, environ)
        if text:
            return _parsed(variable, text)
    return None


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return a variable and its value; in small letters it comes first, even if it is empty.

    A web server sets HTTP_PROXY of its programs from a request's header, so it is ignored there.
    """
    large = name.upper()
    if name in environ:
        return name, environ[name].strip()
    if large == "HTTP_PROXY" and "REQUEST_METHOD" in environ:
        return large, ""
    return large, environ.get(large, "").strip()


def _parsed(variable: str, text: str) -> Proxy:
    whole = text if "://" in text else f"http://{text}"
    example = "http://HOST:PORT"
    try:
        parts = urlsplit(whole)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme.startswith("socks"):
        raise BadProxy(
            f"{variable} names a SOCKS proxy, which is not supported",
            hint=f"name an HTTP proxy ({example}), or unset {variable}",
        )
    if parts.scheme not in _PORTS or not host or not whole.isprintable() or " " in whole:
        raise BadProxy(
            f"{variable} is not the address of an HTTP proxy",
            hint=f"write it as {example}, or unset {variable}",
        )
    login = None
    if parts.username is not None:
        login = unquote(parts.username), unquote(parts.password or "")
    shown = f"[{host}]" if ":" in host else host
    return Proxy(f"{parts.scheme}://{shown}:{port or _PORTS[parts.scheme]}", variable, login)


def _is_exempt(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Return whether NO_PROXY names a host: itself, a domain above it, a network, or all (`*`)."""
    _, text = _variable("no_proxy", environ)
    return any(_names(entry.lower(), host.lower().rstrip("."), port) for entry in _entries(text))


def _entries(text: str) -> list[str]:
    return [entry for entry in _SEPARATORS.split(text) if entry]


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    if address is not None:
        return _has_address(entry, address, port)
    name, _, given = entry.partition(":")
    if given and given != str(port):
        return False
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _has_address(
    entry: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> bool:
    """Return whether an entry is an address, with or without a port, or a network around it."""
    found = _WITH_PORT.fullmatch(entry)
    if found is not None and found[3] != str(port):
        return False
    text = (found[1] or found[2]) if found else entry.strip("[]")
    try:
        return address in ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
