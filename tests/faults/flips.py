"""Single bits flipped: in the store's file, and in tokens; what is sealed never changes unseen."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import Family, Row, row
from homes import Contents, Home

from connectors_cli.database import open_for_reading
from connectors_cli.errors import Tampered
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings
from connectors_cli.vault import Key, Vault

STOCK = 300
SEALED = ("name", "type", "config", "auth")


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Flip `count` bits of the file, and two and a half times as many in tokens."""
    home = Home(folder / "flips")
    home.fill(STOCK)
    yield _in_the_file(home, count, folder)
    yield _in_tokens(home, count * 8 // 3)


def _in_the_file(home: Home, count: int, folder: Path) -> Row:
    truth, chance = home.contents(), random.Random(2)
    names = ("sealed values changed unseen", "called a bug")
    kinds = ("refused", "named by the integrity check", "harmless", "tags or status changed")
    found: Counter[str] = Counter(dict.fromkeys((*kinds, *names), 0))
    size = home.path.stat().st_size
    for _ in range(count):
        flipped = home.copy(folder / "flipped")
        data = bytearray(flipped.path.read_bytes())
        data[chance.randrange(size)] ^= 1 << chance.randrange(8)
        flipped.path.write_bytes(data)
        found[_judge(flipped, truth)] += 1
        flipped.remove()
    return row("bit flips in the store's file", count, found, names)


def _judge(home: Home, truth: Contents) -> str:
    is_whole = home.is_whole()
    done = home.run("export", "--all", "--secrets", "plain", "--format", "json", "--yes")
    if "this is a bug" in done.err or "Traceback" in done.err:
        return "called a bug"
    if done.code:
        return "refused"
    items = {item["name"]: item for item in json.loads(done.out)["connectors"]}
    if items.keys() == truth.keys() and _same(items, truth, tuple(truth["c0"])):
        return "harmless" if is_whole else "named by the integrity check"
    if not is_whole:
        return "named by the integrity check"
    if items.keys() == truth.keys() and _same(items, truth, SEALED):
        return "tags or status changed"
    return "sealed values changed unseen"


def _same(items: Contents, truth: Contents, fields: tuple[str, ...]) -> bool:
    return all(items[name].get(f) == truth[name][f] for name in truth for f in fields)


def _in_tokens(home: Home, count: int) -> Row:
    """Flip bits of sealed values and open them, alone and in their row."""
    settings, chance = Settings(home.environ), random.Random(3)
    db = open_for_reading(settings.store)
    sealed = [sealed_connector(db, "default", f"c{n}") for n in range(STOCK)]
    db.close()
    vault = Vault(Key(home.given["CONNECTOR_AUTH_ENCRYPTION_KEY"]))
    names = ("another value", "opened in its row")
    found: Counter[str] = Counter(dict.fromkeys(("refused", "the same value", *names), 0))
    for _ in range(count):
        one = chance.choice(sealed)
        found.update(_opened(vault, one, _flipped(one["auth"]["integration_token"], chance)))
    return row("bit flips in tokens", count, found, names)


def _flipped(token: str, chance: random.Random) -> str:
    data = bytearray(token.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    return data.decode()


def _opened(vault: Vault, sealed: dict, token: str) -> Iterator[str]:
    place = (sealed["tenant_id"], sealed["id"], "integration_token")
    right = f"token-of-{sealed['name']}"
    yield _told(lambda: "the same value" if vault.open(place, token) == right else "another value")
    row_of = {**sealed, "auth": {"integration_token": token}}
    if _told(lambda: str(vault.open_row(row_of))) != "refused":
        yield "opened in its row"


def _told(work: Callable[[], str]) -> str:
    try:
        return work()
    except Tampered:
        return "refused"


FAMILY = Family("flips", figures, full=300, short=9)
