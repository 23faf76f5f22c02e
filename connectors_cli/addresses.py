"""Where a request may go: which URLs and addresses are taken, and a name's addresses, checked."""

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from connectors_cli.detached import detached
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
_RULE = "an https:// URL with a host is needed"


class Forbidden(InvalidInput):
    """A URL or an address that no credential is sent to."""

    code = "forbidden_address"


def check_url(text: str, schemes: Iterable[str], *, allow_plain: bool = False) -> SplitResult:
    """Return a URL's parts; Forbidden says what is wrong with it, never quoting it.

    Plain http and ws go to this machine alone unless `allow_plain`.
    """
    if any(char.isspace() or char == "\\" or not char.isprintable() for char in text):
        raise Forbidden("the URL holds a character that is not allowed in one", hint=_RULE)
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise Forbidden("the URL's host or port makes no sense", hint=_RULE) from None
    if parts.scheme not in schemes or not host or port == 0:
        raise Forbidden("the URL is not usable", hint=_RULE)
    if "@" in parts.netloc:
        raise Forbidden(
            "the URL holds a user or password before its host",
            hint="put credentials into their fields, and the URL without them",
        )
    if "%" in host:
        raise Forbidden("the URL's host holds a character that no host has", hint=_RULE)
    if parts.scheme in _PLAIN and not allow_plain and not is_local_name(host):
        raise Forbidden(
            f"{parts.scheme} is not encrypted: credentials go over it to this machine alone",
            hint=f"use {parts.scheme}s, or add --allow-http where you trust the network",
        )
    return parts


def is_local_name(host: str) -> bool:
    """Tell whether a host is this machine as it is written, before anything is looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _literal(host)
    return address is not None and address.is_loopback


def check_address(text: str) -> None:
    """Raise Forbidden for link-local, metadata, multicast and unspecified addresses.

    Private ones are allowed: people host their blog at home. What is wrapped in an IPv6 address
    (mapped, 6to4, NAT64) is looked at too.
    """
    for address in _meanings(ipaddress.ip_address(text.partition("%")[0])):
        metadata = str(address) in _METADATA
        if metadata or address.is_link_local or address.is_multicast or address.is_unspecified:
            kind = "a cloud's metadata" if metadata else "a link-local or special"
            raise Forbidden(
                f"the host leads to {kind} address: nothing is sent there",
                hint="give the address of the service itself",
            )


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return every address of a host, each checked: connect to these and look no name up again.

    Raises Forbidden when one of them is, Unreachable when there is none.
    """
    literal = _literal(host)
    if literal is not None:
        found: tuple[str, ...] = (str(literal),)
    else:
        found = await _looked_up(host, port)
    for address in found:
        check_address(address)
    if is_local_name(host) and not all(_is_loopback(address) for address in found):
        raise Forbidden(f"{host} does not lead to this machine", hint=_RULE)
    return found


async def _looked_up(host: str, port: int) -> tuple[str, ...]:
    try:
        rows = await detached(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable(f"the name {host} cannot be found") from None
    return tuple(dict.fromkeys(str(row[4][0]) for row in rows))


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(text: str) -> bool:
    return ipaddress.ip_address(text.partition("%")[0]).is_loopback


def _meanings(address: Address) -> Iterable[Address]:
    yield address
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            yield address.ipv4_mapped
        if address.sixtofour is not None:
            yield address.sixtofour
        if any(address in network for network in _NAT64):
            yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
