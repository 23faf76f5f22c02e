"""Rotations killed, cut off and raced by writers: every secret opens, and a rerun finishes.

The controls are the plain ways: the key replaced first and the rows after, one by one; a rotation
that is not waited for (`NORMAL`, no checkpoint) before the old key is forgotten.
"""

import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from connectors_cli.__main__ import main
from connectors_cli.errors import ConnectorsError
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.services.keys import reseal, tenant_keys
from connectors_cli.services.opener import opener_for
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read import connections
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.sealed import sealed_connector
from connectors_cli.store.write.store import Store
from connectors_cli.vault.seal import Cipher, Key, new_key
from figures import Family, Row, control_row, row
from homes import KEY, Home
from killing import can_trace, changes_of, kill_after, kill_at_call
from power import connect_with, cuts, held_open, recorded
from support.processes import together

STOCK = 40
MANY, BLOCK = 230, 40
"""More connectors than a rotation reseals at once: most go in blocks, under both keys meanwhile."""
SIGNALS = {"KILL": -signal.SIGKILL, "INT": 130, "TERM": -signal.SIGTERM, "HUP": -signal.SIGHUP}
"""What ends a process, and its exit code then."""
ROTATIONS = 25
WRITERS = 4
NEVER = ("secrets unreadable", "damaged", "not finished again")


def figures(count: int, folder: Path) -> Iterator[Row]:
    """Kill `count` rotations with WAL and with a journal; cut the power; rotate among writers."""
    for journal in ("WAL", "DELETE"):
        yield _killed(journal, count // 2, folder)
    if can_trace():
        yield ended_in_blocks(max(len(SIGNALS), count // 10), folder)
    yield guarded(folder / "guarded")
    yield _naive(count // 4, folder)
    if can_trace():
        yield _cut_off(count // 2, folder)
        yield _cut_off(count // 2, folder, control=True)
    yield _raced(min(ROTATIONS, count), folder)


def _home(folder: Path, keys_given: int = 4, stock: int = STOCK) -> Home:
    """Return a store under the last of several keys: a rotation takes the first unused one."""
    given = [new_key().text for _ in range(keys_given)]
    home = Home(folder, **{KEY: given[-1]})
    home.fill(stock)
    home.given[KEY] = home.environ[KEY] = ",".join(given)
    return home


def _killed(journal: str, count: int, folder: Path) -> Row:
    made = _home(folder / journal)
    made.query(f"PRAGMA journal_mode={journal}")
    truth, counted = made.contents(), made.copy(folder / f"counted-{journal}")
    calls = changes_of(counted.work("key", "rotate"), counted.folder) if can_trace() else []
    found: Counter[str] = Counter(dict.fromkeys(("before", "after", *NEVER), 0))
    for n in range(count):
        home = made.copy(folder / "killed")
        work = home.work("key", "rotate")
        if calls:
            kill_at_call(work, calls, 1 + n * len(calls) // count)
        else:
            kill_after(work, 0.3 * n / count)
        found.update(_judge(home, truth, made))
        home.remove()
    return row(f"kill -9 in key rotate, {journal}", count, found, NEVER)


def ended_in_blocks(count: int, folder: Path) -> Row:
    """End a rotation in blocks by each signal, at calls spread over all of it.

    The blocks are small, so that many calls are between them.
    """
    usual = reseal.BLOCK, reseal.FEW
    reseal.BLOCK, reseal.FEW = BLOCK, BLOCK
    try:
        return _ended_in_blocks(count, folder)
    finally:
        reseal.BLOCK, reseal.FEW = usual


def _ended_in_blocks(count: int, folder: Path) -> Row:
    made = _home(folder / "many", stock=MANY)
    truth, counted = made.contents(), made.copy(folder / "counted-many")
    calls = changes_of(counted.work("key", "rotate"), counted.folder)
    found: Counter[str] = Counter(dict.fromkeys(("before", "after", *NEVER, "other codes"), 0))
    for n in range(count):
        home, name = made.copy(folder / "ended"), list(SIGNALS)[n % len(SIGNALS)]
        number = 1 + n * len(calls) // count
        code = kill_at_call(home.work("key", "rotate"), calls, number, signal_name=name)
        found["other codes"] += code not in {0, SIGNALS[name]}
        found.update(_judge(home, truth, made))
        home.remove()
    never = (*NEVER, "other codes")
    return row(f"signals in key rotate of {MANY} connectors, in blocks", count, found, never)


def _judge(home: Home, truth: object, made: Home) -> Iterator[str]:
    if not home.is_whole():
        yield "damaged"
        return
    active = home.query("SELECT id FROM keys WHERE state = 'active'")
    if len(active) != 1:
        yield "damaged"
        return
    yield "before" if active[0][0] == Key(made.given[KEY].rpartition(",")[2]).id else "after"
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


def guarded(folder: Path) -> Row:
    """Prune while a row needs the old key: live, removed, or put back as it was before."""
    never = ("needed keys forgotten", "told as done", "secrets unreadable")
    found: Counter[str] = Counter(dict.fromkeys(("kept", *never), 0))
    made = _home(folder / "made")
    made.must("remove", "c1")
    columns = ("auth", "auth_mac", "auth_fingerprints", "key_id", "revision")
    for name in (cases := ("c0", "c1")):
        home = made.copy(folder / name)
        sql = f"SELECT {', '.join(columns)} FROM connectors WHERE name = ?"
        [older] = home.query(sql, name)
        home.must("key", "rotate")
        assignments = ", ".join(f"{column} = ?" for column in columns)
        home.query(f"UPDATE connectors SET {assignments} WHERE name = ?", *older, name)
        done = home.run("key", "prune", "--yes")
        states = dict(home.query("SELECT id, state FROM keys"))
        needs = older[columns.index("key_id")]
        found["kept" if states[needs] == "retiring" else "needed keys forgotten"] += 1
        found["told as done"] += done.code == 0
        home.run("restore", name)
        found["secrets unreadable"] += not _opens(home, name)
        home.remove()
    return row("key prune while a row needs the old key", len(cases), found, never)


def _naive(count: int, folder: Path) -> Row:
    """Rotate like a simple program: overwrite the key, then reseal row by row."""
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
    old, new = Cipher(Key(file.read_text())), Cipher(new_key())
    file.write_text(new.key.text)
    db = open_for_reading(f"sqlite:///{home.path}")
    opener = opener_for(db, Settings(home.environ))
    with closing(sqlite3.connect(home.path, isolation_level=None)) as connection:
        connection.execute("UPDATE keys SET id = ?", (new.key.id,))
        for n in range(STOCK):
            sealed = opener.sealed(sealed_connector(db, "default", f"c{n}"))
            values, place = old.open_row(sealed), ("default", sealed["id"])
            auth = {field: new.seal((*place, field), value) for field, value in values.items()}
            connection.execute(
                "UPDATE connectors SET auth = ?, auth_mac = ?, key_id = ? WHERE id = ?",
                (json.dumps(auth), _seal(new, sealed, auth), new.key.id, place[1]),
            )
    db.close()
    return 0


def _seal(cipher: Cipher, row: dict, auth: dict) -> str:
    kind = {"source": "builtin", "digest": None}
    return cipher.row_seal({**row, **kind, "texts": {**row["texts"], "auth": json.dumps(auth)}})


def _cut_off(count: int, folder: Path, *, control: bool = False) -> Row:
    """Cut the power during a rotation, and after the old key was deleted."""
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
    """Rotate repeatedly while others install connectors; each old key is pruned at once."""
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
        try:
            auth = opener_for(db, settings).open(row).auth
        except ConnectorsError:
            return False
    return auth == {"integration_token": f"token-of-{name}"}


def _rotator(home: Home, count: int) -> Callable[[], int]:
    def work() -> int:
        for _ in range(count):
            ws = Workspace(Settings(home.environ))
            tenant_keys.rotate(ws)
            tenant_keys.prune(ws)
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


FAMILY = Family("rotations", figures, full=400, short=4)
