"""Commands killed at any point: done or not done, never half; run again, they finish."""

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from connectors_cli.store.read import database
from figures import Family, Row, row
from homes import Contents, Home
from killing import can_trace, changes_of, kill_after, kill_at_call

HISTORIC_KEY = "z-p6TaHXthyIl_zGK6vLtCXYmiHMf_NaCOd_JjsB4zU="
STOCK = 20
NEVER = ("acknowledged lost", "secrets unreadable", "half done", "damaged", "not finished again")


@dataclass(frozen=True)
class Case:
    """A command on a store; `again` are the exit codes that mean done or already done."""

    name: str
    line: tuple[object, ...]
    home: Home
    again: tuple[int, ...] = (0,)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Kill each command `count` times: a third as real command lines, at any time."""
    for case in cases(folder):
        yield _killed(case, count, folder)


def cases(folder: Path) -> Iterator[Case]:
    stock = Home(folder / "stock", TOKEN="token-after")
    stock.fill(STOCK)
    token = ("-S", "integration_token=env:TOKEN")
    yield Case(
        "install", ("install", "medium", "--yes", "-N", "new", *token, "--upsert", "--yes"), stock
    )
    yield Case("edit", ("edit", "c3", *token, "--tag", "t", "--rename", "c3"), stock)
    yield Case("remove", ("remove", "c1"), stock, again=(0, 5))
    bundle = folder / "bundle.json"
    stock.must("export", "--all", "--secrets", "plain", "--yes", "--force", "--to", bundle)
    line = ("import", bundle, "--on-conflict", "overwrite", "--yes")
    yield Case(f"import of {STOCK}", line, _with_other_tokens(stock, folder / "other"))
    yield Case("migration", ("list",), historic(folder / "historic"))


def _with_other_tokens(stock: Home, folder: Path) -> Home:
    """Return a store in which half the connectors are missing, and the others differ."""
    other = stock.copy(folder)
    for n in range(0, STOCK, 2):
        other.must("edit", f"c{n}", "-S", "integration_token=env:TOKEN")
        other.must("remove", f"c{n + 1}")
    return other


def historic(folder: Path) -> Home:
    """Return a store of schema version 1, this user its owner."""
    home = Home(folder, CONNECTOR_AUTH_ENCRYPTION_KEY=HISTORIC_KEY)
    home.path.parent.mkdir(mode=0o700)
    sql = (Path(__file__).parents[1] / "store" / "versions" / "1.sql").read_text("utf-8")
    principal = database.os_user()
    with closing(sqlite3.connect(home.path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(sql)
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
        connection.execute("PRAGMA user_version=1")
        connection.execute("UPDATE members SET principal = ?", (principal,))
    home.path.chmod(0o600)
    return home


def _killed(case: Case, count: int, folder: Path) -> Row:
    place = folder / "killed"
    before, after, calls, seconds = _uninterrupted(case, place)
    found: Counter[str] = Counter(dict.fromkeys(("at a call", "command lines", *NEVER), 0))
    for n in range(count):
        home = case.home.copy(place)
        if n % 3 == 0:
            found["command lines"] += 1
            told = _kill_command(home, case.line, random.uniform(0, seconds))
        elif calls:
            found["at a call"] += 1
            told = _kill_at(home, case.line, calls, 1 + n * len(calls) // count)
        else:
            told = _kill_soon(home, case.line, random.uniform(0, seconds))
        found.update(_judge(home, told, before, after, case))
        home.remove()
    order = ("command lines", "at a call", "before", "after", *NEVER)
    return row(f"kill -9 in {case.name}", count, {name: found[name] for name in order}, NEVER)


def _uninterrupted(case: Case, place: Path) -> tuple[Contents, Contents, list[str], float]:
    """Run the command; return the contents before and after, its calls and its seconds."""
    home = case.home.copy(place)
    before = case.home.copy(place.with_name("before"))
    start = time.monotonic()
    process = home.command(*case.line)
    _, err = process.communicate()
    if process.returncode:
        raise AssertionError(f"{case.line} ended with {process.returncode}: {err}")
    seconds = time.monotonic() - start
    contents = before.contents(), home.contents()
    home.remove()
    before.remove()
    calls: list[str] = []
    if can_trace():
        home = case.home.copy(place)
        calls = changes_of(home.work(*case.line), place)
        home.remove()
    return *contents, calls, seconds


def _kill_command(home: Home, line: tuple[object, ...], seconds: float) -> bool:
    process = home.command(*line)
    time.sleep(seconds)
    process.kill()
    out, _ = process.communicate()
    return process.returncode == 0 or bool(out)


def _kill_at(home: Home, line: tuple[object, ...], calls: list[str], number: int) -> bool:
    out = home.folder / "told"
    return kill_at_call(home.work(*line), calls, number, str(out)) == 0 or out.stat().st_size > 0


def _kill_soon(home: Home, line: tuple[object, ...], seconds: float) -> bool:
    out = home.folder / "told"
    return kill_after(home.work(*line), seconds / 5, str(out)) == 0 or out.stat().st_size > 0


def _judge(home: Home, told: bool, before: Contents, after: Contents, case: Case) -> Iterator[str]:
    """Yield the counts for a killed command."""
    if not home.is_whole():
        yield "damaged"
        return
    is_old = home.query("PRAGMA user_version") != [(database.SCHEMA_VERSION,)]
    contents = _readable(home)
    if contents is None:
        yield "secrets unreadable"
        return
    yield "before" if is_old or contents == before != after else "after"
    if contents not in (before, after):
        yield "half done"
    if told and contents != after:
        yield "acknowledged lost"
    again = home.run(*case.line)
    if again.code not in case.again or _readable(home) != after:
        yield "not finished again"


def _readable(home: Home) -> Contents | None:
    try:
        return home.contents()
    except (AssertionError, json.JSONDecodeError):
        return None


FAMILY = Family("kills", figures, full=60, short=2)
