"""The loopback listener that receives the browser's redirect, once."""

import asyncio
import base64
import errno
import hashlib
import html
import os
import socket
from contextlib import suppress
from http import HTTPStatus

from connectors_cli.errors import Unreachable, UsageError
from connectors_cli.oauth.callback import Query, has_state, read_query
from connectors_cli.system.record import Record

RECEIVED = "The answer has arrived. Go back to the terminal; you can close this page."
REFUSED = "Access was not granted. Go back to the terminal; you can close this page."
FAILED = "The sign-in failed. Go back to the terminal, which says why; you can close this page."
NOT_OURS = "This is not the answer that the terminal is waiting for. Nothing was changed."
DONE = "/done"
"""The path of the last page: its address contains no code and no password."""
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.6 system-ui,sans-serif;margin:0;min-height:100vh;display:grid;"
    "place-items:center;background:Canvas;color:CanvasText}"
    "main{max-width:26rem;margin:1rem;padding:2rem;border:1px solid #8886;border-radius:.75rem}"
    "h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 1rem}small{opacity:.7}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    "<title>{title}</title><style>{style}</style></head>"
    "<body><main><h1>{title}</h1><p>{sentence}</p><small>{about}</small></main></body></html>"
)
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    f"Content-Security-Policy: default-src 'none'; style-src 'sha256-{_HASH}';"
    " frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)


class Page(Record):
    """The pages of a sign-in: they name its service and connector."""

    service: str = "connectors"
    connector: str | None = None

    def response(self, status: HTTPStatus, sentence: str, more: str = "") -> bytes:
        """Return a complete HTTP response whose page shows one sentence; `more` are headers."""
        about = f"connectors: {self.connector}" if self.connector else "connectors"
        values = {"title": self.service, "sentence": sentence, "about": about}
        escaped = {name: html.escape(text) for name, text in values.items()}
        body = _PAGE.format(style=_STYLE, **escaped).encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{_HEADERS}{more}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


_LARGEST = 16 * 1024
_HEAD_S = 10.0
_LAST_S = 2.0
"""How many seconds the browser has to ask for the last page."""
_USUAL = 80


class Listener:
    """Listens only on loopback, accepts the one answer that has our state, and closes.

    Any other request (wrong path, method, Host or state) gets an error page and changes nothing: a
    stray request does not end the sign-in, and a forged one is not accepted. Unlimited attempts do
    not help to guess 256 bits.
    """

    def __init__(
        self,
        state: str,
        port: int = 0,
        host: str = "127.0.0.1",
        path: str = "/callback",
        page: Page | None = None,
    ) -> None:
        self._state = state
        self._page = page or Page()
        self._last = RECEIVED
        self._path = path
        self._taken = False
        self._sockets = _bound(port, host)
        number = self._sockets[0].getsockname()[1]
        self._place = f"{host}:{number}"
        self._hosts = {self._place, host} if number == _USUAL else {self._place}

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()

    @property
    def uri(self) -> str:
        """The redirect address."""
        return f"http://{self._place}{self._path}"

    async def wait(self, seconds: float) -> Query:
        """Return the parameters of the answer.

        Raises:
            Unreachable: no answer arrived within `seconds`.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._answered()
        except TimeoutError:
            raise _unanswered(seconds) from None

    async def finish(self, *, worked: bool) -> None:
        """Show the last page to the browser, which asks for it right after its answer."""
        self._last = self._last if worked or self._last == REFUSED else FAILED
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_S):
                await self._answered()

    async def _answered(self) -> Query:
        """Serve requests until the one that is waited for; return its parameters."""
        answer: asyncio.Future[Query] = asyncio.get_running_loop().create_future()
        begun: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = begun[writer] = asyncio.create_task(self._serve(answer, reader, writer))
            task.add_done_callback(lambda _: begun.pop(writer))

        servers = [  # a copy of each socket: the last page is served after this loop has ended
            await asyncio.start_server(connected, sock=each.dup(), limit=_LARGEST)
            for each in self._sockets
        ]
        try:
            return await answer
        finally:
            for server in servers:
                server.close()
            for writer in begun:  # including those accepted a moment ago
                writer.close()
            await asyncio.sleep(0)

    async def _serve(
        self,
        answer: "asyncio.Future[Query]",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Answer one request; drop it if it is too slow, too long or gone."""
        query = None
        try:
            async with asyncio.timeout(_HEAD_S):
                head = await reader.readuntil(b"\r\n\r\n")
                response, query = self._judged(head)
                writer.write(response)
                await writer.drain()
        except (OSError, EOFError, asyncio.LimitOverrunError):  # TimeoutError is an OSError
            pass
        finally:
            writer.close()
        if query is not None and not answer.done():
            answer.set_result(query)

    def _judged(self, head: bytes) -> tuple[bytes, Query | None]:
        """Return the response to a request, and its parameters if it is the answer."""
        method, target, hosts = _parsed(head)
        path, _, text = target.partition("?")
        query = read_query(text)
        is_ours = len(hosts) == 1 and hosts[0] in self._hosts
        if self._taken and is_ours and (method, path) == ("GET", DONE):
            return self._page.response(HTTPStatus.OK, self._last), {}
        if self._taken:
            status = HTTPStatus.GONE
        elif not is_ours:
            status = HTTPStatus.MISDIRECTED_REQUEST
        elif path != self._path:
            status = HTTPStatus.NOT_FOUND
        elif method != "GET":
            status = HTTPStatus.METHOD_NOT_ALLOWED
        elif not has_state(query, self._state):
            status = HTTPStatus.BAD_REQUEST
        else:
            self._taken = True
            self._last = REFUSED if "error" in query else RECEIVED
            to = f"Location: {DONE}\r\n"
            return self._page.response(HTTPStatus.SEE_OTHER, self._last, to), query
        return self._page.response(status, NOT_OURS), None


def _unanswered(seconds: float) -> Unreachable:
    return Unreachable(
        f"nobody signed in within {seconds:g} seconds",
        hint="try again: connectors auth login NAME; if the browser cannot connect: --method paste",
    )


def _parsed(head: bytes) -> tuple[str, str, list[str]]:
    """Return the method, the target and all Host values of a request's head."""
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    fields = (line.partition(":") for line in rest)
    hosts = [value.strip().lower() for name, _, value in fields if name.strip().lower() == "host"]
    return (words[0], words[1], hosts) if len(words) == 3 else ("", "", hosts)


def _bound(port: int, host: str) -> list[socket.socket]:
    """Return listening loopback sockets; for `localhost`, of both address families."""
    if host == "[::1]":
        return [_listening(socket.AF_INET6, "::1", port)]
    found = [_listening(socket.AF_INET, "127.0.0.1", port)]
    if host == "localhost":
        try:
            found.append(_listening(socket.AF_INET6, "::1", found[0].getsockname()[1]))
        except UsageError:
            found[0].close()
            raise
        except OSError:  # this machine has no IPv6
            pass
    return found


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    # On POSIX this frees a port that was closed a minute ago. Never SO_REUSEPORT.
    option = exclusive if os.name == "nt" and exclusive else socket.SO_REUSEADDR
    try:
        made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.bind((address, port))
        made.listen(16)
    except OSError as error:
        made.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES, errno.EPERM}:
            text = f"port {port} is in use or not allowed"
            raise UsageError(
                text,
                hint="choose another --port that is registered with your app, or try again later",
            ) from None
        raise
    except OverflowError:
        made.close()
        raise UsageError("--port must be a number from 1 to 65535") from None
    made.setblocking(False)
    return made
