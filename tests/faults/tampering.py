"""Rows changed by SQL without the key: nothing uses them, and no request sends a secret."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Home
from replays import log_columns, log_times, logs, older_rows, some
from support.forgery import COLUMNS, CUSTOM_TYPE
from support.http_server import Reply, Web

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
    """A change by SQL, and the connector that it changes."""

    sql: str
    name: str = "blog"
    field: str = "application_password"
    tenant: str = "default"


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
        Move(f"UPDATE connector_catalog SET {assignment} WHERE key = 'own'", "own", "token")
        for assignment in CUSTOM_TYPE
        if not assignment.startswith("digest")  # it is not believed, but made anew
    ),
    Move(
        f"UPDATE connectors SET config = '{{\"site_url\": \"{EVIL}\"}}' WHERE name = 'own'",
        "own",
        "token",
    ),
)
TWICE = tuple(
    Move(f"UPDATE connectors SET {column} = '{{\"{name}\": {text}, ' || substr({column}, 2) {BLOG}")
    for column, name, text in (
        ("config", "site_url", f'"{EVIL}"'),
        ("config", "account_label", '"x"'),
        ("auth", "username", '"x"'),
        ("auth", "application_password", "null"),
    )
)
TESTS = (("test", "{name}", "--allow-http"), ("test", "--all", "--allow-http"))
USES = (("run", "{name}", "--", "env"), ("env", "{name}"), ("get", "{name}", "{field}", "--reveal"))
CHANGES = (("edit", "{name}", "--rename", "other"),)
NEVER = ("used all the same", "secrets shown", "requests to the thief")


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Make each change (about `count`) and try every command that uses the credentials."""
    with Web(_welcome) as site, Web(_welcome) as thief:
        made = _made(folder / "made", site.url)
        if not site.requests:
            raise AssertionError("the untouched connectors reach nothing")
        for fault, moves in (
            ("rows and types changed by SQL", some(MOVES, count)),
            ("JSON that gives a name twice", some(TWICE, count // 2)),
        ):
            yield _moved(fault, moves, made, folder / "moved", thief)
        few = max(2, count // 4)
        yield older_rows(made, few, folder, lambda home: _tried(home, Move("")))
        yield logs(made, few, folder)
        yield log_columns(made, count // 2, folder)
        yield log_times(made, folder)


def _moved(fault: str, moves: Sequence[Move], made: Home, folder: Path, thief: Web) -> Row:
    found: Counter[str] = Counter(dict.fromkeys(("commands", "refused", *NEVER), 0))
    for move in moves:
        home = made.copy(folder)
        home.query(move.sql.replace(EVIL, thief.url))
        found.update(_tried(home, move))
        home.remove()
    found["requests to the thief"] = len(thief.requests)
    return row(fault, len(moves), found, NEVER)


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
    for line in (*TESTS, *CHANGES, *USES):
        words = [word.format(name=move.name, field=move.field) for word in line]
        done = home.run(*words[:1], "-t", move.tenant, *words[1:])
        yield "commands"
        yield "refused" if done.code else "used all the same"
        if CANARY in done.out + done.err and "--all" not in words:
            yield "secrets shown"


FAMILY = Family("tampering", figures, full=100, short=4)
