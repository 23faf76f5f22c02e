"""Rows changed by SQL, without the key: nothing uses them, and no request leaves with a secret."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from figures import Family, Row, row
from homes import KEY, Home
from servers import Reply, Web
from test_tampering import COLUMNS, CUSTOM_TYPE

from connectors_cli.vault import new_key

CANARY = "canary-password"
EVIL = "https://evil.example"
BLOG = "WHERE name = 'blog' AND tenant_id = 'default'"
SHOP = "SELECT auth FROM connectors WHERE name = 'shop'"
ACME = "SELECT auth FROM connectors WHERE name = 'blog' AND tenant_id = 'acme'"
OWN = {
    "key": "own",
    "name": "Own",
    "description": "A type of one's own.",
    "category": "Web",
    "icon": "world-www",
    "auth_type": "api_key",
    "capabilities": {"draft": True},
    "config_schema": {"type": "object", "properties": {"site_url": {"type": "string"}}},
    "auth_schema": {
        "type": "object",
        "properties": {"token": {"type": "string", "writeOnly": True}},
    },
    "probe": {
        "protocol": "https",
        "method": "GET",
        "url": "{config.site_url}/api/me",
        "expect_status": 200,
        "send": {"as": "bearer", "value": "{auth.token}"},
        "identity": {"id": "id", "label": "name"},
    },
}


@dataclass(frozen=True)
class Move:
    """A change by SQL, and the connector that it is about."""

    sql: str
    name: str = "blog"
    field: str = "application_password"
    tenant: str = "default"
    of_type: bool = False

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """The commands to try: of an altered type those that act by what it says."""
        return (*TESTS, *CHANGES, *(() if self.of_type else USES))


def _token(place: str, source: str) -> Move:
    value = f"json_extract(({source}), '$.{place}')"
    return Move(
        f"UPDATE connectors SET auth = json_set(auth, '$.application_password', {value}) {BLOG}"
    )


MOVES = (
    *(Move(f"UPDATE connectors SET {assignment} {BLOG}") for assignment in COLUMNS),
    Move("UPDATE connectors SET name = 'news' WHERE name = 'shop'", "news"),
    Move("UPDATE connectors SET tenant_id = 'acme' WHERE name = 'shop'", "shop", tenant="acme"),
    _token("username", f"SELECT auth FROM connectors {BLOG}"),
    _token("application_password", SHOP),
    _token("application_password", ACME),
    Move(f"UPDATE connectors SET auth = ({SHOP}) {BLOG}"),
    Move(
        "UPDATE connectors SET (auth, auth_mac) ="
        f" (SELECT auth, auth_mac FROM connectors WHERE name = 'shop') {BLOG}"
    ),
    Move(
        "UPDATE connectors SET (auth, config, auth_mac, key_id) ="
        " (SELECT auth, config, auth_mac, key_id FROM connectors WHERE tenant_id = 'acme')"
        f" {BLOG}"
    ),
    *(
        Move(f"UPDATE connector_catalog SET {assignment} WHERE key = 'own'", "own", of_type=True)
        for assignment in CUSTOM_TYPE
        if not assignment.startswith("digest")  # it is not believed, but made anew
    ),
    Move(
        f"UPDATE connectors SET config = '{{\"site_url\": \"{EVIL}\"}}' WHERE name = 'own'", "own"
    ),
)
TESTS = (("test", "{name}", "--allow-http"), ("test", "--all", "--allow-http"))
USES = (("run", "{name}", "--", "env"), ("env", "{name}"), ("get", "{name}", "{field}", "--reveal"))
CHANGES = (("edit", "{name}", "--rename", "other"),)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Make each move (at most `count`) and try every command that would use the credentials."""
    with Web(_welcome) as site, Web(_welcome) as thief:
        made = _made(folder / "made", site.url)
        if not site.requests:
            raise AssertionError("the untouched connectors reach nothing")
        names = ("used all the same", "secrets shown", "requests to the thief")
        found: Counter[str] = Counter(dict.fromkeys(("commands", "refused", *names), 0))
        moves = MOVES[:: max(1, len(MOVES) // count)]
        for move in moves:
            home = made.copy(folder / "moved")
            home.query(move.sql.replace(EVIL, thief.url))
            found.update(_tried(home, move))
            home.remove()
        found["requests to the thief"] = len(thief.requests)
    yield row("rows and types changed by SQL", len(moves), found, names)


def _welcome(_: object) -> Reply:
    return Reply(200, {"id": 7, "name": "Alice Example"})


def _made(folder: Path, site: str) -> Home:
    """Return a store with connectors that all work."""
    home = Home(folder, P=CANARY, **{KEY: f"{new_key().text},{new_key().text}"})
    home.must("init")
    home.must("init", "-t", "acme")
    own = folder / "own.json"
    own.write_text(json.dumps(OWN))
    home.must("catalog", "add", own)
    url = ("-s", f"site_url={site}")
    password = ("-s", "username=alice", "-S", "application_password=env:P")
    home.must("install", "wordpress", "-N", "blog", *url, *password, "--activate")
    home.must("install", "wordpress", "-N", "shop", *url, *password, "--activate")
    home.must("install", "wordpress", "-N", "blog", *url, *password, "-t", "acme")
    home.must("install", "own", *url, "-S", "token=env:P", "--activate")
    home.must("test", "--all", "--allow-http")
    return home


def _tried(home: Home, move: Move) -> Iterator[str]:
    for line in move.lines:
        words = [word.format(name=move.name, field=move.field) for word in line]
        done = home.run(*words[:1], "-t", move.tenant, *words[1:])
        yield "commands"
        yield "refused" if done.code else "used all the same"
        if CANARY in done.out + done.err and "--all" not in words:
            yield "secrets shown"


FAMILY = Family("tampering", figures, full=100, short=4)
