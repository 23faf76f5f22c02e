"""Writers on a PostgreSQL server whose connections are ended at random: nothing told is lost."""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from connectors_cli.errors import ConnectorsError
from connectors_cli.services.connectors import Edits, update_connector
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from figures import Family, Row, row
from homes import Home
from support import postgres_server
from support.processes import finish, fork

WRITERS = 4
_VICTIMS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


def figures(count: int, folder: Path) -> Iterator[Row]:
    """End `count` connections while four processes change one connector."""
    name = f"{WRITERS} writers, connections ended at random"
    programs = postgres_server.programs() if sys.platform != "win32" else None
    if programs is None:
        yield Row(name, 0, skipped="needs PostgreSQL's initdb and pg_ctl (package postgresql)")
        return
    with postgres_server.serving(programs) as server:
        home = Home(folder / "server", CONNECTORS_STORE=server.url(server.create()))
        home.fill(1)
        yield _ended(name, home, count)


def _ended(name: str, home: Home, count: int) -> Row:
    log = home.folder / "log"
    log.touch()
    stop = home.folder / "stop"
    writers = [fork(_writer(home, log, stop, number)) for number in range(WRITERS)]
    ended = _end_connections(home, count)
    stop.touch()
    codes = [finish(writer) for writer in writers]
    told = Counter(log.read_text().split())
    with psycopg.connect(home.environ["CONNECTORS_STORE"]) as connection:
        (version,) = connection.execute("SELECT version FROM connectors").fetchone() or (0,)
    counts = {
        "acknowledged": told["done"],
        "lost": max(0, told["done"] - (version - 1)),
        "saved without a word": max(0, version - 1 - told["done"] - told["doubtful"]),
        "told as failed": told["failed"],
        "told as doubtful": told["doubtful"],
        "processes failed": sum(code != 0 for code in codes),
        "log broken": int(home.run("log", "--verify").code != 0),
    }
    never = ("lost", "saved without a word", "processes failed", "log broken")
    return row(name, ended, counts, never)


def _writer(home: Home, log: Path, stop: Path, number: int) -> Callable[[], int]:
    def work() -> int:
        os.environ.clear()
        os.environ.update(home.environ)
        told = os.open(log, os.O_WRONLY | os.O_APPEND)
        n = 0
        while not stop.exists():
            n += 1
            os.write(told, f"{_update(home, f'writer {number}, {n}')}\n".encode())
        return 0

    return work


def _update(home: Home, label: str) -> str:
    """Change the connector through a workspace of its own; return how it ended."""
    try:
        ws = Workspace(Settings(home.environ))
        try:
            update_connector(ws, "c0", Edits(config={"account_label": label}))
        finally:
            ws.close()
    except ConnectorsError as error:
        return "doubtful" if "not known whether" in error.message else "failed"
    return "done"


def _end_connections(home: Home, count: int) -> int:
    """End connections of the writers, one at a time and at random; return how many."""
    chance = random.Random(7)  # the same choices in every run
    ended = 0
    deadline = time.monotonic() + 10 + count
    with psycopg.connect(home.environ["CONNECTORS_STORE"], autocommit=True) as connection:
        own = connection.info.backend_pid
        while ended < count and time.monotonic() < deadline:
            time.sleep(chance.uniform(0.005, 0.12))
            victims = [pid for (pid,) in connection.execute(_VICTIMS, (own,))]
            if victims:
                connection.execute("SELECT pg_terminate_backend(%s)", (chance.choice(victims),))
                ended += 1
    return ended


FAMILY = Family("terminated", figures, full=60, short=8)
