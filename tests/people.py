"""People who sign in, and what is asked of them."""

import socket
import threading
from urllib.parse import parse_qs, urlsplit

import browser


class Person:
    """Acts when told where to go, in a thread, and keeps what was told and seen."""

    def __init__(self, act=browser.visit, pastes=lambda person: ""):
        self.urls = []
        self.codes = []
        self.seen = None
        self._act = act
        self._pastes = pastes
        self._thread = None

    def visit(self, url, *, opens, waits):
        self.urls.append(url)
        self._thread = threading.Thread(target=self._see, args=(url,))
        self._thread.start()

    def device(self, code, url, complete_url, expires_in):
        self.codes.append((code, url, complete_url, expires_in))

    def paste(self):
        return self._pastes(self)

    def again(self, problem):
        raise problem

    def done(self):
        """What the person saw at the end."""
        if self._thread is not None:
            self._thread.join(10)
        return self.seen

    def _see(self, url):
        try:
            self.seen = self._act(url)
        except OSError as error:
            self.seen = error


def asked(url):
    """The parameters of an address to sign in at."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def place(url):
    """Where the answer to such an address has to go: host and port, path, and state."""
    found = asked(url)
    parts = urlsplit(found["redirect_uri"])
    return parts.netloc, parts.path, found["state"]


def send(netloc, text):
    """Send bytes of a request as they are, and return all that comes back."""
    host, _, port = netloc.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as to:
        to.sendall(text.encode())
        answer = b""
        while chunk := to.recv(65536):
            answer += chunk
    return answer.decode()
