"""Several processes that do at once what only one may do: refresh a token, rotate a key."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors_cli.vault.seal import new_key
from figures import Family, Row, row
from homes import KEY, Home
from layers import resealed
from signed_in import Place, signed_in
from support.processes import together

CROWD = 6
CONFLICT = 6
NOT_FOUND = 5
"""The name that a process would rename is gone already."""


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Let several processes refresh one token, and rotate one key, `count` times each."""
    with signed_in(folder / "made") as place:
        place.server.rotates = True
        yield refreshes(place, count)
    yield rotations(count, folder)
    yield claims(count, folder)


def refreshes(place: Place, count: int) -> Row:
    """Use a connector whose token has expired: it is refreshed once, and all get the new one."""
    never = ("refreshed again", "failed", "another token")
    found: Counter[str] = Counter(dict.fromkeys(("refreshed", *never), 0))
    place.server.pause = 0.2  # as services take, so that the uses do come at once
    for _ in range(count):
        past = "UPDATE connectors SET auth_expires_at = '2001-01-01T00:00:00.000000Z'"
        place.home.query(f"{past} WHERE name = 'news'")
        resealed(place.home, "news", lambda *_: None)
        before = place.server.requests["token:refresh_token"]
        files = [place.home.folder / f"told-{n}" for n in range(CROWD)]
        codes = together([_reveal(place.home, file) for file in files])
        asked = place.server.requests["token:refresh_token"] - before
        found["refreshed"] += asked > 0
        found["refreshed again"] += max(0, asked - 1)
        found["failed"] += sum(code != 0 for code in codes)
        good = {one.access_token for one in place.server.tokens if one.good and not one.used}
        told = [file.read_text().strip() for file in files]
        found["another token"] += sum(text not in good for text in told)
    return row(f"{CROWD} uses of an expired token at once", count, found, never)


def _reveal(home: Home, file: Path) -> Callable[[], int]:
    work = home.work("get", "news", "access_token", "--reveal")

    def run() -> int:
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        return work()

    return run


def rotations(count: int, folder: Path) -> Row:
    """Rotate one key in several processes: each is done or told, and every secret opens."""
    never = ("failed", "keys too many", "secrets unreadable")
    found: Counter[str] = Counter(dict.fromkeys(("done", "told", *never), 0))
    for n in range(count):
        keys = [new_key().text for _ in range(CROWD + 1)]
        home = Home(folder / f"rotated-{n}", **{KEY: keys[-1]})
        home.fill(20)
        truth = home.contents()
        home.environ[KEY] = ",".join(keys)
        codes = together([home.work("key", "rotate") for _ in range(CROWD)])
        done = codes.count(0)
        found.update({"done": done, "told": codes.count(CONFLICT)})
        found["failed"] += sum(code not in {0, CONFLICT} for code in codes)
        states = Counter(state for (state,) in home.query("SELECT state FROM keys"))
        found["keys too many"] += states["active"] != 1 or sum(states.values()) > done + 2
        found["secrets unreadable"] += home.contents() != truth
        home.remove()
    return row(f"{CROWD} rotations at once", count, found, never)


CLAIMS = (
    ("install", "medium", "-N", "new", "-S", "integration_token=env:T", "--yes"),
    ("edit", "c0", "--tag", "x", "--if-version", "1"),
    ("edit", "c0", "--rename", "new"),
)


def claims(count: int, folder: Path) -> Row:
    """Let several processes claim one name, or one version: one gets it, the others are told."""
    never = ("failed", "done twice", "not done")
    found: Counter[str] = Counter(dict.fromkeys(("done", "told", *never), 0))
    for n in range(count):
        for number, line in enumerate(CLAIMS):
            home = Home(folder / f"claimed-{n}-{number}", T="token")
            home.fill(1)
            codes = together([home.work(*line) for _ in range(CROWD)])
            done, gone = codes.count(0), codes.count(NOT_FOUND)
            found.update({"done": done, "told": codes.count(CONFLICT) + gone})
            found["failed"] += sum(code not in {0, CONFLICT, NOT_FOUND} for code in codes)
            found["done twice"] += max(0, done - 1)
            found["not done"] += done == 0
            home.remove()
    return row(f"one name or version claimed by {CROWD}", count * len(CLAIMS), found, never)


FAMILY = Family("races", figures, full=4, short=1)
