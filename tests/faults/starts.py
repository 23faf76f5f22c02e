"""First starts: killed at any point, the store is absent or complete; one of many creates it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors_cli.errors import KeyProblem
from figures import Family, Row, row
from homes import Home
from killing import can_trace, changes_of, kill_after, kill_at_call
from support.processes import together
from support.secret_service import MISSING, SecretService

CROWD = 8


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Kill `count` first starts; for every seventh, start 8 processes at once."""
    yield _killed(count, folder)
    if MISSING:
        yield Row("first starts at once", 0, skipped=f"no {', '.join(MISSING)} here")
        return
    service = SecretService()
    try:
        service.start(b"test")
        yield _raced(max(1, count // 7), folder, service)
    finally:
        service.close()


def _killed(count: int, folder: Path) -> Row:
    names = ("half made", "damaged", "not finished again", "more than one key")
    found: Counter[str] = Counter(dict.fromkeys(("absent", "whole", *names), 0))
    calls = _calls(folder)
    for n in range(count):
        home = Home(folder / "start")
        work = home.work("init")
        if calls:
            kill_at_call(work, calls, 1 + n * len(calls) // count)
        else:
            kill_after(work, random.uniform(0, 0.3))
        found.update(_judge(home))
        home.remove()
    return row("kill -9 in a first start", count, found, names)


def _calls(folder: Path) -> list[str]:
    if not can_trace():
        return []
    home = Home(folder / "counted")
    return changes_of(home.work("init"), home.folder)


def _judge(home: Home) -> Iterator[str]:
    there = home.path.exists()
    yield "whole" if there else "absent"
    if there and not home.is_whole():
        yield "damaged"
        return
    if there and home.query("SELECT COUNT(*) FROM keys") != [(1,)]:
        yield "half made"
    if home.run("init").code or not home.is_whole():
        yield "not finished again"
    elif home.query("SELECT COUNT(*) FROM keys") != [(1,)]:
        yield "more than one key"


def _raced(count: int, folder: Path, service: SecretService) -> Row:
    """Install in several processes at once, without a store or a key."""
    names = ("failed", "stores not whole", "keys too many", "keys made twice", "secrets lost")
    ids: set[str] = set()
    kinds = ("acknowledged", "keyring too slow", "keys made")
    found: Counter[str] = Counter(dict.fromkeys((*kinds, *names), 0))
    for trial in range(count):
        home = Home(folder / f"race-{trial}")
        _lead_to(home, service)
        codes = together([_install(home, f"c{n}") for n in range(CROWD)])
        told = [f"c{n}" for n, code in enumerate(codes) if code == 0]
        found["acknowledged"] += len(told)
        found["keyring too slow"] += codes.count(KeyProblem.exit_code)
        found["failed"] += sum(code not in {0, KeyProblem.exit_code} for code in codes)
        if not told:
            continue
        found["stores not whole"] += not home.is_whole()
        made = {key for (key,) in home.query("SELECT id FROM keys")}
        found["keys made twice"] += len(made & ids)
        ids |= made
        keys = len(made)
        found["keys made"] += keys
        found["keys too many"] += keys - 1
        auth = {name: item["auth"] for name, item in home.contents().items()}
        right = {name: {"integration_token": f"token-of-{name}"} for name in told}
        found["secrets lost"] += sum(auth.get(name) != right[name] for name in right)
    return row(f"first starts, {CROWD} at once, key in the keyring", count, found, names)


def _install(home: Home, name: str) -> Callable[[], int]:
    line = ("install", "medium", "--yes", "-N", name, "-S", "integration_token=env:T")
    return home.work(*line, T=f"token-of-{name}")


def _lead_to(home: Home, service: SecretService) -> None:
    """Use the keyring as a home's key source."""
    for name in ("CONNECTOR_AUTH_ENCRYPTION_KEY", "PYTHON_KEYRING_BACKEND"):
        home.environ.pop(name)
    home.environ.update(service.environ)


FAMILY = Family("starts", figures, full=105, short=4)
