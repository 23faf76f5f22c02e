"""Single bit flips in the store's file and in tokens: sealed values never change unnoticed."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors_cli.errors import Tampered
from connectors_cli.services.opener import opener_for
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.vault.seal import Cipher, Key
from figures import Family, Row, row
from homes import Contents, Home

STOCK = 300


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Flip `count` bits of the file, and two and a half times as many of tokens."""
    home = Home(folder / "flips")
    home.fill(STOCK)
    yield _in_the_file(home, count, folder)
    yield _in_tokens(home, count * 8 // 3)


def _in_the_file(home: Home, count: int, folder: Path) -> Row:
    truth, chance = home.contents(), random.Random(2)
    names = ("sealed values changed unseen", "called a bug")
    kinds = ("refused", "named by the integrity check", "harmless")
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
    if not is_whole:
        return "named by the integrity check"
    return "harmless" if _same(items, truth) else "sealed values changed unseen"


def _same(items: Contents, truth: Contents) -> bool:
    """Return whether all that the seals cover is as it was: tags and status as well."""
    return items.keys() == truth.keys() and all(
        items[name].get(field) == truth[name][field] for name in truth for field in truth[name]
    )


def _in_tokens(home: Home, count: int) -> Row:
    """Flip bits of sealed values and open them, alone and in their row."""
    settings, chance = Settings(home.environ), random.Random(3)
    db = open_for_reading(settings.store)
    opener = opener_for(db, settings)
    sealed = [opener.sealed(sealed_connector(db, "default", f"c{n}")) for n in range(STOCK)]
    db.close()
    cipher = Cipher(Key(home.given["CONNECTOR_AUTH_ENCRYPTION_KEY"]))
    names = ("another value", "opened in its row")
    found: Counter[str] = Counter(dict.fromkeys(("refused", "the same value", *names), 0))
    for _ in range(count):
        one = chance.choice(sealed)
        found.update(_opened(cipher, one, _flipped(one["auth"]["integration_token"], chance)))
    return row("bit flips in tokens", count, found, names)


def _flipped(token: str, chance: random.Random) -> str:
    data = bytearray(token.encode())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(7)
    return data.decode()


def _opened(cipher: Cipher, sealed: dict, token: str) -> Iterator[str]:
    place = (sealed["tenant_id"], sealed["id"], "integration_token")
    right = f"token-of-{sealed['name']}"
    yield _told(lambda: "the same value" if cipher.open(place, token) == right else "another value")
    row_of = {**sealed, "auth": {"integration_token": token}}
    if _told(lambda: str(cipher.open_row(row_of))) != "refused":
        yield "opened in its row"


def _told(work: Callable[[], str]) -> str:
    try:
        return work()
    except Tampered:
        return "refused"


FAMILY = Family("flips", figures, full=200, short=9)
