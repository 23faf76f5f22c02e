"""Allowed URLs and addresses of requests, and the lookup of names with its checks."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from connectors_cli.errors import InvalidInput, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_METADATA = frozenset({
    "100.100.100.200",  # Alibaba
    "168.63.129.16",  # Azure
    "192.0.0.192",  # Oracle
    "fd00:ec2::254",  # Amazon
    "fd20:ce::254",  # Google
})  # fmt: skip
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_PLAIN = frozenset({"http", "ws"})
_RULE = "use an https:// URL with a host, e.g. https://blog.example.com"


class Forbidden(InvalidInput):
    """A URL or an address that credentials must not be sent to."""

    code = "forbidden_address"


def check_url(text: str, schemes: Iterable[str], *, allow_plain: bool = False) -> SplitResult:
    """Return the parts of a URL.

    Without `allow_plain`, http and ws are allowed only to this machine. Raises Forbidden, which
    never quotes the URL.
    """
    if any(char.isspace() or char == "\\" or not char.isprintable() for char in text):
        raise Forbidden("the URL contains a character that URLs do not allow", hint=_RULE)
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Forbidden("the URL has an invalid host or port", hint=_RULE) from None
    if parts.scheme not in schemes or not host or port == 0:
        raise Forbidden(
            "the URL has no host, or a scheme or port that is not supported", hint=_RULE
        )
    if "@" in parts.netloc:
        raise Forbidden(
            "the URL contains a user name or password",
            hint="remove it from the URL and set the credential fields instead",
        )
    if "%" in host:
        raise Forbidden("the URL's host contains a character that hosts do not allow", hint=_RULE)
    if parts.scheme in _PLAIN and not allow_plain and not is_local_name(host):
        raise Forbidden(
            f"{parts.scheme} is not encrypted: credentials are sent over it only to this machine",
            hint=f"use {parts.scheme}s, or add --allow-http if you trust the network",
        )
    return parts


def is_local_name(host: str) -> bool:
    """Return whether a host names this machine, without looking it up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _literal(host)
    return address is not None and address.is_loopback


def check_address(text: str) -> None:
    """Raise Forbidden for link-local, metadata, multicast and unspecified addresses.

    Private addresses are allowed: people host their blog at home. IPv4 addresses inside IPv6 ones
    (mapped, 6to4, NAT64) are checked as well.
    """
    for address in _embedded(ipaddress.ip_address(text.partition("%")[0])):
        metadata = str(address) in _METADATA
        if metadata or address.is_link_local or address.is_multicast or address.is_unspecified:
            kind = "cloud metadata" if metadata else "link-local or special"
            raise Forbidden(
                f"the host resolves to a {kind} address, so nothing is sent",
                hint="use the address of the service itself",
            )


def check_literal(host: str) -> None:
    """Raise Forbidden for a host that is itself an address that nothing may be sent to."""
    literal = _literal(host.strip("[]"))
    if literal is not None:
        check_address(str(literal))


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return every address of a host, all checked; connect to these without another lookup.

    Raises Forbidden if one is not allowed, Unreachable without an address.
    """
    literal = _literal(host)
    if literal is not None:
        found: tuple[str, ...] = (str(literal),)
    else:
        found = await _lookup(host, port)
    for address in found:
        check_address(address)
    if is_local_name(host) and not all(_is_loopback(address) for address in found):
        raise Forbidden(f"{host} does not resolve to this machine", hint=_RULE)
    return found


async def _lookup(host: str, port: int) -> tuple[str, ...]:
    import socket

    from connectors_cli.system.threads import detached  # asyncio is slow to import

    try:
        rows = await detached(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"cannot resolve the host name {host}") from None
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(text: str) -> bool:
    return ipaddress.ip_address(text.partition("%")[0]).is_loopback


def _embedded(address: Address) -> Iterable[Address]:
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            yield address.ipv4_mapped
        if address.sixtofour is not None:
            yield address.sixtofour
        if any(address in network for network in _NAT64):
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
