"""Acts as a person's browser, and as a person who says yes: opens an address and follows it.

`BROWSER="python tests/browser.py %s"` makes webbrowser call it.
"""

import sys
import urllib.request


def visit(url: str) -> str:
    """Return the page where the redirects end."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read().decode()


if __name__ == "__main__":
    print(visit(sys.argv[1]))
