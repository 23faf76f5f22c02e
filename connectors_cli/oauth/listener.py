"""The loopback listener that receives the browser's redirect, once."""

import asyncio
import errno
import os
import socket
from http import HTTPStatus

from connectors_cli.errors import Unreachable, UsageError
from connectors_cli.oauth.callback import Query, has_state, read_query

_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>connectors</title></head>'
    "<body><h1>connectors</h1><p>{}</p></body></html>"
)
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n"
)
RECEIVED = "The answer has arrived. Go back to the terminal; you can close this page."
REFUSED = "Access was not granted. Go back to the terminal; you can close this page."
NOT_OURS = "This is not the answer that the terminal is waiting for. Nothing was changed."


def response(status: HTTPStatus, sentence: str) -> bytes:
    """Return a complete HTTP response whose page shows one sentence."""
    body = _PAGE.format(sentence).encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n{_HEADERS}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


_LARGEST = 16 * 1024
_HEAD_S = 10.0
_USUAL = 80


class Listener:
    """Listens only on loopback, accepts the one answer that has our state, and closes.

    Any other request (wrong path, method, Host or state) gets an error page and changes nothing: a
    stray request does not end the sign-in, and a forged one is not accepted. Unlimited attempts do
    not help to guess 256 bits.
    """

    def __init__(
        self, state: str, port: int = 0, host: str = "127.0.0.1", path: str = "/callback"
    ) -> None:
        self._state = state
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
        answer: asyncio.Future[Query] = asyncio.get_running_loop().create_future()
        begun: dict[asyncio.StreamWriter, asyncio.Task[None]] = {}

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = begun[writer] = asyncio.create_task(self._serve(answer, reader, writer))
            task.add_done_callback(lambda _: begun.pop(writer))

        servers = [
            await asyncio.start_server(connected, sock=each, limit=_LARGEST)
            for each in self._sockets
        ]
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise _unanswered(seconds) from None
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
        if self._taken:
            status = HTTPStatus.GONE
        elif len(hosts) != 1 or hosts[0] not in self._hosts:
            status = HTTPStatus.MISDIRECTED_REQUEST
        elif path != self._path:
            status = HTTPStatus.NOT_FOUND
        elif method != "GET":
            status = HTTPStatus.METHOD_NOT_ALLOWED
        elif not has_state(query, self._state):
            status = HTTPStatus.BAD_REQUEST
        else:
            self._taken = True
            sentence = REFUSED if "error" in query else RECEIVED
            return response(HTTPStatus.OK, sentence), query
        return response(status, NOT_OURS), None


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
