"""Mail, file and raw TCP servers on loopback."""

import socket
import ssl
import threading
from contextlib import ExitStack, contextmanager, suppress
from types import SimpleNamespace

import pytest

PASSWORD = "canary-password"
FTP = {
    "USER alice": "331 password?",
    f"PASS {PASSWORD}": "230 in",
    "PASS wrong": "530 no",
    "CWD /blog": "250 there",
    "CWD /other": "550 no",
    "PWD": '257 "/blog"',
    "QUIT": "221 bye",
}


@contextmanager
def mail_server(**more):
    """An SMTP server that accepts the password."""
    controllers = pytest.importorskip("aiosmtpd.controller")
    from aiosmtpd import smtp

    def authenticate(server, session, envelope, mechanism, data):
        return smtp.AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = controllers.Controller(
        object(), "127.0.0.1", port, authenticator=authenticate, **more
    )
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def talking(talk):
    """A server that calls a function with each connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            with connected:
                talk(connected)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]


@contextmanager
def ftp_server(context=None, *, implicit=False):
    """An FTP server with the folder /blog; with a context it speaks TLS, on request or at once.

    Its port, and all the lines that it heard.
    """
    heard, stack = [], ExitStack()

    def wrapped(connected):
        return stack.enter_context(context.wrap_socket(connected, server_side=True))

    def talk(connected):
        with stack, suppress(ssl.SSLError, ConnectionError):  # who does not trust it hangs up
            connected = wrapped(connected) if implicit else connected
            _say(connected, "220 ready")
            while line := _line(connected):
                heard.append(line)
                if line == "AUTH TLS" and context is not None:
                    _say(connected, "234 go on")
                    connected = wrapped(connected)
                else:
                    _say(connected, FTP.get(line, "502 what?"))

    with talking(talk) as port:
        yield SimpleNamespace(port=port, heard=heard)


def _say(connected, line):
    connected.sendall(line.encode() + b"\r\n")


def _line(connected):
    """Return one line, read byte by byte because a handshake may follow."""
    read = b""
    while not read.endswith(b"\r\n"):
        byte = connected.recv(1)
        if not byte:
            return ""
        read += byte
    return read.decode().strip()
