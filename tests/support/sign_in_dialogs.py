"""Dialogs of a sign-in, answered by a person in a thread."""

import socket
import threading
from urllib.parse import parse_qs, urlsplit

import httpx2

from support import browser


class Person:
    """Opens the address of a sign-in in a thread; records the messages and the pages."""

    def __init__(self, act=browser.visit, pastes=lambda person: ""):
        self.urls = []
        self.codes = []
        self.pipe = None  # what is pasted while the browser is waited for
        self.seen = None
        self._act = act
        self._pastes = pastes
        self._thread = None

    def visit(self, url, *, opens, waits):
        self.urls.append(url)
        self._thread = threading.Thread(target=self._see, args=(url,))
        self._thread.start()

    def otherwise(self, url):
        self.urls.append(url)
        return self.pipe

    def device(self, code, url, complete_url, expires_in):
        self.codes.append((code, url, complete_url, expires_in))

    def paste(self):
        return self._pastes(self)

    def again(self, problem):
        raise problem

    def done(self):
        """The last page that the person saw."""
        if self._thread is not None:
            self._thread.join(10)
        return self.seen

    def _see(self, url):
        try:
            self.seen = self._act(url)
        except OSError as error:
            self.seen = error


def asked(url):
    """Return the parameters of a sign-in address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def place(url):
    """Return where the answer has to go: host and port, path, and state."""
    found = asked(url)
    parts = urlsplit(found["redirect_uri"])
    return parts.netloc, parts.path, found["state"]


def send(netloc, text):
    """Send the bytes of a request unchanged, and return the whole answer."""
    host, _, port = netloc.rpartition(":")
    with socket.create_connection((host, int(port)), 5) as to:
        to.sendall(text.encode())
        answer = b""
        while chunk := to.recv(65536):
            answer += chunk
    return answer.decode()


def ends_at(url):
    """Return the address that the browser is finally redirected to, without a listener."""
    with httpx2.Client(trust_env=False) as client:
        return client.get(url).headers["location"]
