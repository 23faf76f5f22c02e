"""A browser for tests, whose user agrees to everything: it opens an address and follows it.

`BROWSER="python tests/support/browser.py %s"` makes webbrowser call it. With a word before the
address (see FORGED) it brings another answer than the service sent.
"""

import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

Query = list[tuple[str, str]]
FORGED: dict[str, Callable[[Query], Query]] = {
    "another-state": lambda query: [(n, "x" * 43 if n == "state" else v) for n, v in query],
    "no-state": lambda query: [pair for pair in query if pair[0] != "state"],
    "two-states": lambda query: [*query, ("state", "x" * 43)],
    "empty-state": lambda query: [(n, "" if n == "state" else v) for n, v in query],
}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def visit(url: str) -> str:
    """Return the page where the redirects end."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())


def forge(url: str, how: str) -> str:
    """Bring an answer that was altered on its way; return the page that it leads to."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)
    try:
        with opener.open(url, timeout=10):
            raise AssertionError("the service did not answer with a redirect")
    except urllib.error.HTTPError as answer:
        back = urlsplit(answer.headers["Location"])
    query = urlencode(FORGED[how](parse_qsl(back.query)))
    return visit(back._replace(query=query).geturl())


if __name__ == "__main__":
    *_, address = sys.argv
    print(visit(address) if len(sys.argv) == 2 else forge(address, sys.argv[1]))
