"""Servers that are not who they should be, or lead elsewhere: credentials reach none of them."""

import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import trustme

from figures import Family, Row, row
from homes import Home
from signed_in import signed_in
from support import browser
from support.http_server import Reply, Web

ALLOW = ("--allow-http",)
METADATA = (
    "http://169.254.169.254",
    "http://[::ffff:169.254.169.254]",
    "http://[64:ff9b::a9fe:a9fe]",
)
"""Addresses that no credential goes to, whether or not anything answers there."""


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Test connectors against servers that redirect, cannot prove who they are, or are local."""
    names = ("requests to the thief", "tested all the same", "tried")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *names), 0))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    home = Home(folder / "made", P="canary-password")
    home.must("init")
    with Web(_welcome) as thief, Web(_welcome, context) as unproven:
        here = f"http://0.0.0.0:{thief.url.rpartition(':')[2]}"
        cases = [(unproven.url, ()), *((one, ALLOW) for one in (here, *METADATA))]
        for status in (301, 302, 303, 307, 308):
            with Web(lambda asked, to=status: _redirect(asked, to, thief.url)) as site:
                found.update(_tested(home, site.url, ALLOW, f"r{status}"))
        for number, (url, options) in enumerate(cases):
            found.update(_tested(home, url, options, f"c{number}"))
            told = home.run("test", f"c{number}", "--timeout", "3s", *options).out
            found["tried"] += url in METADATA and "so nothing is sent" not in told
        found["requests to the thief"] = len(thief.requests) + len(unproven.requests)
    yield row("servers that lead elsewhere or prove nothing", 5 + len(cases), found, names)
    yield sign_ins(folder / "signed-in")


def sign_ins(folder: Path) -> Row:
    """Bring answers of a sign-in that another one asked for: no code is exchanged."""
    names = ("signed in", "codes exchanged", "tokens changed")
    found: Counter[str] = Counter(dict.fromkeys(("refused", *names), 0))
    with signed_in(folder) as place:
        tokens = "SELECT auth FROM connectors WHERE name = 'news'"
        before, kept = place.server.requests["token:authorization_code"], place.home.query(tokens)
        for how in browser.FORGED:
            program = f"{sys.executable} {browser.__file__} {how} %s"
            line = ("auth", "login", "news", "--method", "browser", "--allow-http")
            done = place.home.run(*line, "--timeout", "2s", BROWSER=program)
            found["refused" if done.code else "signed in"] += 1
        found["codes exchanged"] = place.server.requests["token:authorization_code"] - before
        found["tokens changed"] = int(place.home.query(tokens) != kept)
    return row("answers of a sign-in that were forged", len(browser.FORGED), found, names)


def _tested(home: Home, url: str, options: tuple[str, ...], name: str) -> Iterator[str]:
    values = ("-s", f"site_url={url}", "-s", "username=al", "-S", "application_password=env:P")
    done = home.run("install", "wordpress", "-N", name, *values)
    if done.code == 0:
        done = home.run("test", name, "--timeout", "3s", *options)
    yield "refused" if done.code else "tested all the same"


def _welcome(_: object) -> Reply:
    return Reply(200, {"id": 7, "name": "Alice Example"})


def _redirect(asked: object, status: int, to: str) -> Reply:
    return Reply(status, {}, {"Location": f"{to}{asked.path}"})  # type: ignore[attr-defined]


FAMILY = Family("network", figures, full=1, short=1)
