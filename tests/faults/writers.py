"""Many concurrent writers of one row: no update is lost, and none fails because of a lock.

The control is a transaction as the driver begins it by default: only after it has read.
"""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors_cli.errors import ConnectorsError
from connectors_cli.services.connectors import Edits, update_connector
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read import connections
from figures import Family, Row, control_row, row
from homes import Home
from support.processes import together

CROWDS = (2, 8, 32)
NEVER = ("lost", "locked", "processes failed", "log not whole")


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Make `count` updates of one connector by 2, by 8 and by 32 processes."""
    for crowd in CROWDS:
        yield _written(crowd, count, folder)
    yield _written(8, count, folder, control=True)


def _written(crowd: int, count: int, folder: Path, *, control: bool = False) -> Row:
    home = Home(folder / f"crowd-{crowd}-{control}")
    home.fill(1)
    log = home.folder / "log"
    log.touch()
    each = max(1, count // crowd)
    codes = together([_writer(home, log, n, each, control=control) for n in range(crowd)])
    told = [line.split() for line in log.read_text().splitlines()]
    found = Counter(word for word, _ in told)
    ((version,),) = home.query("SELECT version FROM connectors")
    counts = {
        "acknowledged": found["done"],
        "lost": found["done"] - (version - 1),
        "locked": found["locked"],
        "processes failed": sum(code != 0 for code in codes),
        "log not whole": int(not control and home.run("log", "--verify").code != 0),
        "slowest (ms)": max(int(spent) for _, spent in told),
    }
    made = each * crowd
    if not control:
        return row(f"{crowd} writers", made, counts, NEVER)
    name = f"{crowd} writers, control: the driver's transactions"
    return control_row(name, made, counts, "lost", "locked")


def _writer(home: Home, log: Path, number: int, times: int, *, control: bool) -> Callable[[], int]:
    def work() -> int:
        told = os.open(log, os.O_WRONLY | os.O_APPEND)
        ws = Workspace(Settings(home.environ))
        if control:
            connections.begin_writing = _by_default
        for n in range(times):
            start = time.monotonic()
            word = _update(ws, f"writer {number}, {n}")
            spent = (time.monotonic() - start) * 1000
            os.write(told, f"{word} {spent:.0f}\n".encode())
        ws.close()
        return 0

    return work


def _by_default(connection: sqlite3.Connection, _: str) -> None:
    """Begin no transaction: the driver then begins one before the first write, after the reads."""
    connection.isolation_level = ""


def _update(ws: Workspace, label: str) -> str:
    try:
        update_connector(ws, "c0", Edits(config={"account_label": label}))
    except ConnectorsError:
        return "locked"
    return "done"


FAMILY = Family("writers", figures, full=400, short=32)
