"""Rotations killed, cut off and raced by writers: every secret opens, and run again they finish.

The controls are the plain ways: the key replaced first and the rows after, one by one; a rotation
that is not waited for (`NORMAL`, no checkpoint) before the old key is forgotten.
"""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from figures import Family, Row, control_row, row
from homes import KEY, Home
from killing import can_trace, count_changes, kill_after, kill_at_call
from power import connect_with, cuts, held_open, recorded
from processes import together

from connectors_cli import connections
from connectors_cli.__main__ import main
from connectors_cli.database import open_for_reading
from connectors_cli.errors import ConnectorsError
from connectors_cli.keys import find_source
from connectors_cli.sealed import sealed_connector
from connectors_cli.services import keys
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.settings import Settings
from connectors_cli.store import Store
from connectors_cli.vault import Key, Vault, new_key
from connectors_cli.workspace import Workspace

STOCK = 40
ROTATIONS = 25
WRITERS = 4
NEVER = ("secrets unreadable", "damaged", "not finished again")


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Kill `count` rotations with a log and with a journal; cut the power; rotate amid writers."""
    for journal in ("WAL", "DELETE"):
        yield _killed(journal, count // 2, folder)
    yield _naive(count // 5, folder)
    if can_trace():
        yield _cut_off(count // 2, folder)
        yield _cut_off(count // 2, folder, control=True)
    yield _raced(min(ROTATIONS, count), folder)


def _home(folder: Path, keys_given: int = 4) -> Home:
    """Return a store under the last of several keys: a rotation takes the first unused one."""
    given = [new_key().text for _ in range(keys_given)]
    home = Home(folder, **{KEY: given[-1]})
    home.fill(STOCK)
    home.given[KEY] = home.environ[KEY] = ",".join(given)
    return home


def _killed(journal: str, count: int, folder: Path) -> Row:
    made = _home(folder / journal)
    made.query(f"PRAGMA journal_mode={journal}")
    truth, counted = made.contents(), made.copy(folder / f"counted-{journal}")
    calls = count_changes(counted.work("key", "rotate"), counted.folder) if can_trace() else 0
    found: Counter[str] = Counter(dict.fromkeys(("before", "after", *NEVER), 0))
    for n in range(count):
        home = made.copy(folder / "killed")
        work = home.work("key", "rotate")
        if calls:
            kill_at_call(work, 1 + n * calls // count)
        else:
            kill_after(work, 0.3 * n / count)
        found.update(_judge(home, truth, made))
        home.remove()
    return row(f"kill -9 in key rotate, {journal}", count, found, NEVER)


def _judge(home: Home, truth: object, made: Home) -> Iterator[str]:
    if not home.is_whole():
        yield "damaged"
        return
    ((active,),) = home.query("SELECT id FROM keys WHERE state = 'active'")
    yield "before" if active == Key(made.given[KEY].rpartition(",")[2]).id else "after"
    if not _readable(home, truth):
        yield "secrets unreadable"
    again = home.run("key", "rotate")
    states = Counter(state for (state,) in home.query("SELECT state FROM keys"))
    finished = again.code == 0 and states["active"] == 1 and not states["pending"]
    if not finished or not _readable(home, truth):
        yield "not finished again"


def _readable(home: Home, truth: object) -> bool:
    try:
        return home.contents() == truth
    except AssertionError:
        return False


def _naive(count: int, folder: Path) -> Row:
    """Rotate as a plain program does: a new key over the old one, then row after row."""
    made = _home(folder / "naive", 1)
    truth = made.contents()
    file = made.path.with_name("key")
    file.write_text(made.environ.pop(KEY))
    file.chmod(0o600)
    del made.given[KEY]
    found: Counter[str] = Counter(dict.fromkeys(("finished", "kills that lose secrets"), 0))
    for n in range(count):
        home = made.copy(folder / "naive-killed")
        home.environ[KEY + "_FILE"] = str(home.path.with_name("key"))
        del home.environ[KEY]
        whole = kill_after(lambda home=home: _rotate_naively(home), 0.1 * (n + 1) / count) == 0
        found["finished"] += whole
        found["kills that lose secrets"] += not _readable(home, truth)
        home.remove()
    return control_row(
        "kill -9, control: a plain rotation", count, found, "kills that lose secrets"
    )


def _rotate_naively(home: Home) -> int:
    file = home.path.with_name("key")
    old, new = Vault(Key(file.read_text())), Vault(new_key())
    file.write_text(new.key.text)
    db = open_for_reading(f"sqlite:///{home.path}")
    with closing(sqlite3.connect(home.path, isolation_level=None)) as connection:
        connection.execute("UPDATE keys SET id = ?", (new.key.id,))
        for n in range(STOCK):
            sealed = sealed_connector(db, "default", f"c{n}")
            values, place = old.open_row(sealed), ("default", sealed["id"])
            auth = {field: new.seal((*place, field), value) for field, value in values.items()}
            connection.execute(
                "UPDATE connectors SET auth = ?, auth_mac = ?, key_id = ? WHERE id = ?",
                (json.dumps(auth), new.row_mac({**sealed, "auth": auth}), new.key.id, place[1]),
            )
    db.close()
    return 0


def _cut_off(count: int, folder: Path, *, control: bool = False) -> Row:
    """Cut the power in a rotation, and after it when the old key is gone for good."""
    home = _home(folder / f"cut-{control}", 2)
    truth = home.contents()
    with held_open(home):
        recording = recorded(home, _rotate_and_prune(home, control=control))
    found: Counter[str] = Counter(dict.fromkeys(NEVER[:2], 0))
    for cut, told in cuts(recording, count, folder, home.given):
        if told:  # the old key is nowhere any more
            cut.environ[KEY] = home.given[KEY].partition(",")[0]
        found["damaged"] += not (whole := cut.is_whole())
        found["secrets unreadable"] += whole and not _readable(cut, truth)
    if not control:
        return row("power cut in key rotate and prune", count, found, NEVER[:2])
    return Row("power cut, control: NORMAL, no checkpoint", count, found)


def _rotate_and_prune(home: Home, *, control: bool) -> Callable[[], int]:
    def work() -> int:
        told = os.open(home.folder / "told", os.O_WRONLY)
        os.environ.clear()
        os.environ.update(home.environ)
        if control:
            connections.connect_sqlite = connect_with("NORMAL")
            Store.checkpoint = lambda _: True  # type: ignore[method-assign]  # the control
        if code := main(["key", "rotate"]) or main(["key", "prune", "--yes"]):
            return code
        os.write(told, b"pruned\n")
        return 0

    return work


def _raced(count: int, folder: Path) -> Row:
    """Rotate again and again while others install connectors; each old key is forgotten at once."""
    home = _home(folder / "raced", count + 1)
    truth = home.contents()
    log = home.folder / "log"
    log.touch()
    codes = together(
        [_rotator(home, count), *(_writer(home, log, n, count * 4) for n in range(WRITERS))]
    )
    written = log.read_text().split()
    states = dict(home.query("SELECT id, state FROM keys"))
    listed = (text for text in home.given[KEY].split(",") if states.get(Key(text).id) != "retired")
    home.environ[KEY] = ",".join(listed)  # what was forgotten is nowhere any more
    stored = {name for (name,) in home.query("SELECT name FROM connectors")}
    lost = [name for name in (*truth, *written) if name not in stored]
    wrong = [name for name in (*truth, *written) if name in stored and not _opens(home, name)]
    rotated = home.query("SELECT COUNT(*) FROM keys WHERE state != 'active'")[0][0]
    counts = {
        "rotations": rotated,
        "acknowledged writes": len(written),
        "lost": len(lost),
        "secrets unreadable": len(wrong),
        "processes failed": sum(code != 0 for code in codes),
    }
    name = f"{count} rotations while {WRITERS} write"
    return row(name, count, counts, ("lost", "secrets unreadable", "processes failed"))


def _opens(home: Home, name: str) -> bool:
    settings = Settings(home.environ)
    with closing(open_for_reading(settings.store)) as db:
        row = sealed_connector(db, "default", name)
        source = find_source(settings.environ, db.meta["store_id"])
        try:
            auth = Vault(source.get(row["key_id"])).open_row(row)
        except ConnectorsError:
            return False
    return auth == {"integration_token": f"token-of-{name}"}


def _rotator(home: Home, count: int) -> Callable[[], int]:
    def work() -> int:
        for _ in range(count):
            ws = Workspace(Settings(home.environ))
            keys.rotate(ws)
            keys.prune(ws)
            ws.close()
        return 0

    return work


def _writer(home: Home, log: Path, number: int, times: int) -> Callable[[], int]:
    def work() -> int:
        told = os.open(log, os.O_WRONLY | os.O_APPEND)
        ws = Workspace(Settings(home.environ))
        for n in range(times):
            name = f"w{number}-{n}"
            auth = {"integration_token": f"token-of-{name}"}
            install_connector(ws, Wanted("medium", name, {}, auth))
            os.write(told, f"{name}\n".encode())
        ws.close()
        return 0

    return work


FAMILY = Family("rotations", figures, full=500, short=4)
