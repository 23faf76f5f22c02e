"""Power cuts at any call of a run: acknowledged writes survive; controls that lose them.

The controls are settings that the program does not use: were nothing lost with them, the cuts would
prove nothing. A store has a journal (DELETE) where the file system cannot have a log (WAL).
"""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors_cli.__main__ import main
from connectors_cli.store.read import connections
from disk import Recording, record
from figures import Family, Row, control_row, row
from homes import Home
from killing import can_trace

EDITS = 20
NEVER = ("acknowledged lost", "secrets unreadable", "half done", "damaged")
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT * FROM store_meta").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Way:
    """SQLite's settings: the program's, or some that lose data."""

    name: str
    journal: str = "WAL"
    synchronous: str | None = None


WAYS = (
    Way("WAL, as it is"),
    Way("DELETE, as it is", journal="DELETE"),
    Way("WAL, control: NORMAL", synchronous="NORMAL"),
    Way("DELETE, control: FULL", journal="DELETE", synchronous="FULL"),
    Way("WAL, control: OFF", synchronous="OFF"),
)


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Cut the power `count` times in edits, with each setting, and while files are created."""
    if not can_trace():
        yield Row("power cut", 0, skipped="no strace here that may look at processes")
        return
    for way in WAYS:
        yield _edits(way, count, folder)
    yield _files(count // 2, folder)


def _edits(way: Way, count: int, folder: Path) -> Row:
    """Cut in edits of one connector, while another process has the store open."""
    home = Home(folder / f"{way.journal}-{way.synchronous}")
    home.fill(5)
    home.query(f"PRAGMA journal_mode={way.journal}")
    with held_open(home):
        recording = recorded(home, _edit_again_and_again(home, way))
    found: Counter[str] = Counter(dict.fromkeys(NEVER, 0))
    for cut, told in cuts(recording, count, folder, home.given):
        found.update(_judge(cut, int(told[-1]) if told else 0))
    name = f"power cut in edits, {way.name}"
    if way.synchronous is None:
        return row(name, count, found, NEVER)
    return control_row(name, count, found, "acknowledged lost", "damaged")


def _judge(home: Home, last: int) -> Iterator[str]:
    if not home.is_whole():
        yield "damaged"
        return
    home.query("PRAGMA journal_mode=WAL")
    try:
        contents = home.contents()
    except (AssertionError, json.JSONDecodeError):
        yield "secrets unreadable"
        return
    label = str(contents["c0"]["config"]["account_label"])  # type: ignore[index]  # an object
    token = str(contents["c0"]["auth"]["integration_token"])  # type: ignore[index]  # an object
    if label.rpartition(" ")[2] != token.rpartition("c")[2]:
        yield "half done"
    if int(label.rpartition(" ")[2]) < last:
        yield "acknowledged lost"
    if len(contents) != 5:
        yield "acknowledged lost"


def connect_with(synchronous: str) -> Callable[[str], sqlite3.Connection]:
    """Return a connect function like the program's, with one other setting, for a control."""
    connect = connections.connect_sqlite

    def connect_otherwise(path: str) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute(f"PRAGMA synchronous={synchronous}")
        return connection

    return connect_otherwise


def _edit_again_and_again(home: Home, way: Way) -> Callable[[], int]:
    """Return work that edits a connector many times and acknowledges each edit."""

    def work() -> int:
        told = os.open(home.folder / "told", os.O_WRONLY)
        os.environ.clear()
        os.environ.update(home.environ)
        if way.synchronous is not None:
            connections.connect_sqlite = connect_with(way.synchronous)
        for n in range(1, EDITS + 1):
            os.environ["TOKEN"] = f"token-of-c{n}"
            values = ("-s", f"account_label=label {n}", "-S", "integration_token=env:TOKEN")
            if code := main(["edit", "c0", *values]):
                return code
            os.write(told, f"{n}\n".encode())
        return 0

    return work


def _files(count: int, folder: Path) -> Row:
    """Cut while a store is created, imported and exported: each file is complete or absent."""
    home = Home(folder / "files")
    home.fill(10)
    home.must(
        "export", "--all", "--secrets", "plain", "--yes", "--force", "--to", home.folder / "in.json"
    )
    truth = home.contents()
    other = Home(folder / "fresh", **home.given)
    other.path.parent.mkdir(mode=0o700)
    lines = (
        ("init",),
        ("import", home.folder / "in.json", "--yes"),
        (
            "export",
            "--all",
            "--secrets",
            "plain",
            "--yes",
            "--force",
            "--to",
            other.path.parent / "out.json",
        ),
        ("backup", "--force", other.path.parent / "out.db"),
    )

    def work() -> int:
        told = os.open(other.folder / "told", os.O_WRONLY)
        for line in lines:
            if code := other.work(*line)():
                return code
            os.write(told, f"{line[0]}\n".encode())
        return 0

    recording = recorded(other, work)
    names = ("half files", *NEVER)
    found: Counter[str] = Counter(dict.fromkeys(names, 0))
    for cut, told in cuts(recording, count, folder, other.given):
        found.update(_judge_files(cut, told, truth))
    return row("power cut in init, import, export, backup", count, found, names)


def _judge_files(home: Home, told: list[str], truth: object) -> Iterator[str]:
    yield from _judge_export(home.path.with_name("out.json"), told)
    yield from _judge_backup(home.path.with_name("out.db"), told)
    if not home.path.exists():
        yield from ("acknowledged lost",) * bool(told)
    elif not home.is_whole():
        yield "damaged"
    elif (contents := home.contents()) != truth:
        yield from ("half done",) * bool(contents)
        yield from ("acknowledged lost",) * ("import" in told)


def _judge_export(file: Path, told: list[str]) -> Iterator[str]:
    if not file.exists():
        yield from ("acknowledged lost",) * ("export" in told)
        return
    try:
        items = json.loads(file.read_bytes())["connectors"]
    except ValueError:
        items = ()
    yield from ("half files",) * (len(items) != 10)


def _judge_backup(file: Path, told: list[str]) -> Iterator[str]:
    if not file.exists():
        yield from ("acknowledged lost",) * ("backup" in told)
        return
    try:
        with closing(sqlite3.connect(file)) as db:
            checks = db.execute("PRAGMA integrity_check").fetchall()
            rows = db.execute("SELECT COUNT(*) FROM connectors").fetchall()
    except sqlite3.DatabaseError:
        checks = rows = []
    yield from ("half files",) * ((checks, rows) != ([("ok",)], [(10,)]))


def recorded(home: Home, work: Callable[[], int]) -> Recording:
    return record(work, home.path.parent, home.folder / "told")


def cuts(
    recording: Recording, count: int, folder: Path, given: dict[str, str]
) -> Iterator[tuple[Home, list[str]]]:
    """Yield a home for each cut, and what had been acknowledged before.

    Every third cut is near an acknowledgement: what is not synced by then is lost.
    """
    chance = random.Random(1)
    ends = [n for n, (what, _, _) in enumerate(recording.calls, 1) if what == "told"]
    for number in range(count):
        calls = chance.randint(0, len(recording.calls))
        if ends and number % 3 == 0:
            calls = min(len(recording.calls), chance.choice(ends) + chance.randint(-3, 2))
        home = Home(folder / "cut", **given)
        recording.put(calls, chance, home.path.parent)
        yield home, recording.acknowledged(calls)
        home.remove()


@contextmanager
def held_open(home: Home) -> Iterator[None]:
    """Keep the store open in another process, because the last one to close it empties its WAL."""
    command = [sys.executable, "-c", HOLD, str(home.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        yield
        holder.stdin.close()


FAMILY = Family("power", figures, full=400, short=4)
