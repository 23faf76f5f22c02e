"""A real HTTP server on loopback."""

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any


@dataclass
class Reply:
    """The answer of a server: a JSON value or bytes, or a function that writes the body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


def write_json(handler: BaseHTTPRequestHandler, value: Any) -> None:
    """Write a complete answer with a JSON value, for a body that is a function."""
    body = json.dumps(value).encode()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """Print nothing when a client disconnects."""


class Web:
    """An HTTP server that records its requests and answers with what `answer` returns."""

    def __init__(
        self, answer: Callable[[Any], Reply], context: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Any] = []
        self._server = _Server(("127.0.0.1", 0), self._handler(answer))
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self._server.server_address[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> "Web":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self, answer: Callable[[Any], Reply]) -> type[BaseHTTPRequestHandler]:
        seen = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                asked = SimpleNamespace(
                    method=self.command,
                    path=self.path,
                    headers=self.headers,
                    body=self.rfile.read(size),
                )
                seen.append(asked)
                self._reply(answer(asked))

            def _reply(self, reply: Reply) -> None:
                if callable(reply.body):
                    reply.body(self)
                    self.close_connection = True
                    return
                data = reply.body
                if not isinstance(data, bytes):
                    data = json.dumps(data).encode()
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = _serve  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def wordpress(password: str = "canary-password") -> Callable[[Any], Reply]:
    """Answer like a WordPress site with a user alice and this application password."""
    import base64

    good = "Basic " + base64.b64encode(f"alice:{password}".encode()).decode()

    def answer(asked: Any) -> Reply:
        if asked.headers["Authorization"] != good:
            return Reply(401, {"code": "incorrect_password"})
        return Reply(200, {"id": 7, "name": "Alice Example"})

    return answer
