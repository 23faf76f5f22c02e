"""An HTTP proxy on loopback, with a login: every name leads to one server."""

import base64
import socket
import threading
from contextlib import suppress
from socketserver import StreamRequestHandler, ThreadingTCPServer

Heads = list[list[str]]


class _Server(ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Print nothing when a client disconnects."""


class Proxy:
    """A proxy that sends every connection to `port` of this machine; `heads` are the requests.

    With `status` it refuses all, and with `login` (user:password) those without it.
    """

    def __init__(self, port: int, login: str | None = None, status: int | None = None) -> None:
        self.heads: Heads = []
        self._server = _Server(("127.0.0.1", 0), _handler(self.heads, port, login, status))
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(
    heads: Heads, port: int, login: str | None, status: int | None
) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            head = self._head()
            heads.append(head)
            code = status or (200 if self._may(head) else 407)
            is_tunnel = head[0].startswith("CONNECT ")
            if code != 200 or is_tunnel:
                self.wfile.write(f"HTTP/1.1 {code} Said\r\nContent-Length: 0\r\n\r\n".encode())
            if code != 200:
                return
            with socket.create_connection(("127.0.0.1", port)) as service:
                if not is_tunnel:
                    service.sendall("\r\n".join([*head, "Connection: close", "", ""]).encode())
                back = threading.Thread(target=_copy, args=(service, self.connection))
                back.start()
                if is_tunnel:
                    _copy(self.connection, service)
                back.join()

        def _head(self) -> list[str]:
            lines = iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), "")
            return list(lines)

        def _may(self, head: list[str]) -> bool:
            wanted = base64.b64encode((login or "").encode()).decode()
            given = f"proxy-authorization: basic {wanted}".lower()
            return login is None or given in {line.lower() for line in head}

    return Handler


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
