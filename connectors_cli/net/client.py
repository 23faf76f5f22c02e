"""The HTTP client: checked addresses, limited answers, and no redirects."""

import logging
import os
import ssl
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore2
import httpx2

from connectors_cli.errors import ConnectorsError, InvalidInput, Unreachable
from connectors_cli.net.addresses import check_literal, check_url, resolve
from connectors_cli.net.proxies import Proxy, proxy_for

CA_FILE = "CONNECTORS_CA_FILE"
LARGEST = 1024 * 1024
"""The most bytes of an answer, also once it is decompressed."""
CONNECTIONS = 4
"""The most connections of a client, which sends one request at a time, to one or two hosts."""
_HOPELESS = frozenset({9, 10, 62, 64})
"""Errors that no other authority fixes: an expired or future certificate, or another host."""


class TooLarge(ConnectorsError):
    """The answer is larger than any that an API sends."""

    code = "too_large"


class NotTrusted(Unreachable):
    """The server's certificate is not valid for the host."""

    code = "certificate"


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type without its parameters: `application/json`."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Client:
    """Sends requests to checked addresses; never follows a redirect.

    It has few connections: use one client for each of many parallel tasks.
    """

    def __init__(self, *, tls: ssl.SSLContext, allow_http: bool = False) -> None:
        for name in ("httpx2", "httpcore2"):  # they log URLs, which can contain a token
            logging.getLogger(name).disabled = True
        self._allow_http = allow_http
        self._headers = {
            "User-Agent": user_agent(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        self._tls = tls
        # Only transports, one for each proxy: no cookies, no redirects, no .netrc.
        self._transports: dict[Proxy | None, _Transport] = {}

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports.values():
            with suppress(Exception):  # a connection that hangs is abandoned
                await transport.aclose()

    def request(self, method: str, url: str, **parts: Any) -> httpx2.Request:
        """Return a request of headers, params, json, data or content; raises InvalidInput."""
        check_url(url, ("https", "http"), allow_plain=self._allow_http)
        try:
            parts["headers"] = _headers({**self._headers, **parts.get("headers", {})})
            return httpx2.Request(method, url, **parts)
        except (httpx2.InvalidURL, UnicodeError):
            raise InvalidInput("the URL has an invalid host or port") from None

    async def send(self, request: httpx2.Request) -> Answer:
        """Send a request and return its answer of at most 1 MiB; raises Unreachable or TooLarge.

        It has no time limit of its own: call it within asyncio.timeout.
        """
        host = request.url.host
        proxy = self._proxy_of(request)
        try:
            response = await self._transport_via(proxy).handle_async_request(request)
            response.request = request
            if proxy is not None and response.status_code == 407:
                raise proxy.refused(407, host)
            try:
                return Answer(response.status_code, response.headers, await _body(response, host))
            finally:
                await response.aclose()
        except httpx2.HTTPError as error:
            raise _explained(error, host, proxy) from None

    def _proxy_of(self, request: httpx2.Request) -> Proxy | None:
        """Return the proxy of a request, which then looks its host up; raises as `proxy_for`."""
        url = request.url
        proxy = proxy_for(url.scheme, url.host, url.port, os.environ)
        if proxy is not None:
            check_literal(url.host)
        return proxy

    def _transport_via(self, proxy: Proxy | None) -> "_Transport":
        if proxy not in self._transports:
            self._transports[proxy] = _Transport(self._tls, proxy)
        return self._transports[proxy]


def tls_context(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a TLS context that trusts the system's authorities and those in `ca_file`.

    It also trusts the file in CONNECTORS_CA_FILE, as `run` has no option for one. Raises
    InvalidInput.
    """
    context = _context_class()(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    files = {"--ca-file": ca_file, CA_FILE: os.environ.get(CA_FILE)}
    for origin, path in files.items():
        try:
            if path:
                context.load_verify_locations(cafile=path)
        except (OSError, ssl.SSLError):
            text = f"{origin}: cannot read certificates (PEM) from {path}"
            raise InvalidInput(text) from None
    return context


@cache
def _context_class() -> type[ssl.SSLContext]:
    """Return the class of TLS contexts, which name no protocol of their own (ALPN).

    One context serves HTTP, mail and files. The HTTP library would write `http/1.1` into it, and
    mail servers then refuse the handshake; HTTP/1.1 does without.
    """
    import truststore

    class Context(truststore.SSLContext):
        def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
            pass

    return Context


def user_agent() -> str:
    """Return the User-Agent of this program."""
    from connectors_cli import __version__

    return f"connectors/{__version__}"


def certificate_problem(error: BaseException | None, host: str) -> NotTrusted | None:
    """Return the error for an invalid certificate, None if a handshake failed otherwise."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            code = error.verify_code
            hint = (
                None if code in _HOPELESS else f"if you trust its authority: export {CA_FILE}=FILE"
            )
            return NotTrusted(_certificate_sentence(code, host), hint=hint)
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return None


def _certificate_sentence(code: int, host: str) -> str:
    match code:
        case 9 | 10:
            return f"the certificate of {host} has expired or is not valid yet"
        case 62 | 64:
            return f"the certificate is not valid for {host}"
        case 18:
            return f"the certificate of {host} is self-signed"
        case _:
            return f"the certificate of {host} is signed by an unknown authority"


def _headers(values: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    found = {}
    for name, value in values.items():
        if not name.isascii() or any(char in name + value for char in "\r\n\0"):
            raise InvalidInput(f"the header {name[:40]!r} would contain a line break")
        found[name.lower()] = (name.encode(), value.strip().encode())
    return list(found.values())


async def _body(response: httpx2.Response, host: str) -> bytes:
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > LARGEST:
            raise TooLarge(f"{host} sent more than 1 MiB, which is too much for an API")
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    return bytes(data) if encoding in {"identity", ""} else _decompressed(bytes(data), host)


def _decompressed(data: bytes, host: str) -> bytes:
    """Decompress gzip or deflate, which some servers send unasked, up to the same limit."""
    decompressor = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        body = decompressor.decompress(data, LARGEST + 1)
    except zlib.error:
        raise Unreachable(f"{host} sent an answer that cannot be decompressed") from None
    if len(body) > LARGEST:
        raise TooLarge(f"{host} sent more than 1 MiB, which is too much for an API")
    return body


def _explained(error: httpx2.HTTPError, host: str, proxy: Proxy | None) -> ConnectorsError:
    """Return our error for a failure; the message of the library can quote a URL or a header."""
    problem = certificate_problem(error, host)
    if problem is not None:
        return problem
    return (proxy and _of_proxy(error, host, proxy)) or _of_service(error, host)


def _of_proxy(error: httpx2.HTTPError, host: str, proxy: Proxy) -> ConnectorsError | None:
    if isinstance(error, httpx2.ProxyError):
        status = str(error)[:3]
        return proxy.refused(int(status) if status.isdecimal() else 502, host)
    return proxy.unreachable() if isinstance(error, httpx2.ConnectError) else None


def _of_service(error: httpx2.HTTPError, host: str) -> ConnectorsError:
    match error:
        case httpx2.ConnectError():
            return Unreachable(f"cannot connect to {host}")
        case httpx2.TimeoutException():
            return Unreachable(f"{host} did not answer in time")
        case httpx2.LocalProtocolError():
            return InvalidInput("the request cannot be sent because a value is not allowed in it")
        case httpx2.RemoteProtocolError():
            return Unreachable(f"{host} does not speak HTTP, or closed the connection")
        case _:
            return Unreachable(f"the connection to {host} was lost")


class _Transport(httpx2.AsyncHTTPTransport):
    """The library's transport with connections of our backend, or through a proxy.

    A proxy looks the names of services up, so their addresses are not checked then.
    """

    def __init__(self, tls: ssl.SSLContext, proxy: Proxy | None) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            proxy=_library_proxy(proxy, tls) if proxy else None,
            max_connections=CONNECTIONS,
            network_backend=None if proxy else _Backend(),
        )


def _library_proxy(proxy: Proxy, tls: ssl.SSLContext) -> httpcore2.Proxy:
    is_encrypted = proxy.url.startswith("https:")
    return httpcore2.Proxy(proxy.url, auth=proxy.login, ssl_context=tls if is_encrypted else None)


class _Backend(httpcore2.AsyncNetworkBackend):
    """Looks a name up once, checks every address, and connects to one of them."""

    def __init__(self) -> None:
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failed: Exception = httpcore2.ConnectError("no address")
        for address in await resolve(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore2.AsyncNetworkStream:
        raise NotImplementedError

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
