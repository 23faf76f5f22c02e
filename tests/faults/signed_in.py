"""A store whose connectors work, signed in at real servers on loopback, and all ways to use one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from connectors_cli.vault.seal import new_key
from homes import KEY, Home
from support.http_server import Reply, Web
from support.oauth_connectors import BROWSER, write_type
from support.oauth_server import CLIENT_ID, CLIENT_SECRET, AuthorizationServer

PASSWORD = "canary-password"
FIELDS = {"blog": "application_password", "news": "access_token"}


@dataclass(frozen=True)
class Place:
    """A home with the connectors `news` (a custom type, signed in), `blog` and `shop`."""

    home: Home
    server: AuthorizationServer
    site: Web
    thief: Web


@contextmanager
def signed_in(folder: Path) -> Iterator[Place]:
    """Yield a home, its servers, and one that must never be asked anything."""
    with AuthorizationServer() as server, Web(_welcome) as site, Web(_welcome) as thief:
        server.rotates = False  # so that copies of the home can refresh the same token
        keys = f"{new_key().text},{new_key().text}"
        home = Home(folder, P=PASSWORD, CLIENT_SECRET=CLIENT_SECRET, BROWSER=BROWSER, **{KEY: keys})
        _fill(home, server, site)
        yield Place(home, server, site, thief)


def _fill(home: Home, server: AuthorizationServer, site: Web) -> None:
    home.must("init")
    home.must("init", "-t", "acme")
    home.must("catalog", "add", write_type(home.folder))
    password = ("-s", "username=alice", "-S", "application_password=env:P")
    blog = ("wordpress", "-s", f"site_url={site.url}", *password, "--activate")
    home.must("install", *blog, "-N", "blog")
    home.must("install", *blog, "-N", "shop")
    home.must("install", *blog, "-N", "blog", "-t", "acme")
    values = ("-s", f"server_url={server.url}", "-s", f"client_id={CLIENT_ID}")
    news = ("example", *values, "-S", "client_secret=env:CLIENT_SECRET", "--activate")
    home.must("install", *news, "-N", "news")
    home.must("auth", "login", "news", "--method", "browser", "--allow-http")


def _welcome(_: object) -> Reply:
    return Reply(200, {"id": 7, "name": "Alice Example"})


Use = Callable[[Home, str, str], SimpleNamespace]
"""Uses a connector (home, name, field): the result of the command, `out` without what varies."""


def _get(home: Home, name: str, field: str) -> SimpleNamespace:
    return home.run("get", name, field, "--reveal")


def _run(home: Home, name: str, field: str) -> SimpleNamespace:
    show = ("sh", "-c", "printenv | grep -v ^FAULTS | sort")
    return home.run("run", name, "--clean-env", "--mask", "never", "--", *show)


def _env(home: Home, name: str, field: str) -> SimpleNamespace:
    return home.run("env", name)


def _test(home: Home, name: str, field: str) -> SimpleNamespace:
    done = home.run("test", name, "--allow-http", "--json")
    return SimpleNamespace(code=done.code, out="", err=done.err)


def _export(home: Home, name: str, field: str) -> SimpleNamespace:
    done = home.run("export", name, "--secrets", "plain", "--yes", "--format", "json")
    if done.code == 0:
        done.out = json.dumps(json.loads(done.out)["connectors"])
    return done


def _target(home: Home, name: str, field: str) -> SimpleNamespace:
    """Find a connector among the targets, and get its credential by its id."""
    listed = home.run("targets", "--json")
    targets = [] if listed.code else json.loads(listed.out)
    found = [one for one in targets if one["name"] == name]
    if not found:
        return SimpleNamespace(code=listed.code or 5, out="", err=listed.err)
    done = _get(home, found[0]["id"], field)
    if done.code == 0:
        done.out += json.dumps(found[0]["config"], sort_keys=True)
    return done


def _refresh(home: Home, name: str, field: str) -> SimpleNamespace:
    done = home.run("auth", "refresh", name, "--allow-http")
    return SimpleNamespace(code=done.code, out="", err=done.err)


USES: dict[str, Use] = {
    "get": _get,
    "run": _run,
    "env": _env,
    "export": _export,
    "targets, then get": _target,
    "test": _test,
    "auth refresh": _refresh,
}
