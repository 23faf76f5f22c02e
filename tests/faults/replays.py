"""Rows put back to an older state and altered logs: both are named, and nothing is used."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from figures import Row, row
from homes import Home
from support import forgery

ALL = (
    *("config", "auth", "auth_mac", "auth_fingerprints", "version", "revision", "status", "tags"),
    *("deleted_at", "auth_expires_at", "key_id", "name"),
)
PUT_BACK = (
    ALL,
    tuple(name for name in ALL if name != "revision"),
    tuple(name for name in ALL if name != "version"),
    ("config", "auth", "auth_mac", "auth_fingerprints"),
    ("config", "auth", "auth_mac"),
)
EDITS = (
    ("edit", "blog", "-s", "site_url=https://new.example", "--yes"),
    ("edit", "blog", "-S", "application_password=env:Q"),
    ("edit", "blog", "--tag", "spring"),
    ("edit", "blog", "--deactivate"),
    ("remove", "blog"),
)
ENTRY = "id = (SELECT MIN(id) + 2 FROM events WHERE tenant_id = 'default')"
_T = TypeVar("_T")
Tried = Callable[[Home], Iterator[str]]
Forge = Callable[[sqlite3.Connection], object]


def older_rows(made: Home, count: int, folder: Path, tried: Tried) -> Row:
    """Put older columns of a row back after an edit, and use the connector."""
    named = ("not named by doctor", "not named by log --verify")
    never = ("used all the same", "secrets shown", *named)
    found: Counter[str] = Counter(dict.fromkeys(("commands", "refused", *never), 0))
    if _failures(made):
        raise AssertionError(f"the untouched store fails: {_failures(made)}")
    cases = some([(edit, columns) for edit in EDITS for columns in PUT_BACK], count)
    for edit, columns in cases:
        home = made.copy(folder / "older")
        names = ", ".join(columns)
        one = "WHERE name = 'blog' AND tenant_id = 'default'"
        [older] = home.query(f"SELECT {names} FROM connectors {one}")
        home.must(*edit, Q="another-password")
        changes = ", ".join(f"{name} = ?" for name in columns)
        home.query(f"UPDATE connectors SET {changes} {one}", *older)
        if edit[0] == "remove":
            home.query(f"UPDATE connectors SET deleted_at = NULL, status = 'active' {one}")
        found["not named by doctor"] += not _failures(home)
        if "revision" in columns:  # an older row as a whole; any other fits no seal
            found["not named by log --verify"] += home.run("log", "--verify").code == 0
        found.update(tried(home))
        home.remove()
    return row("rows put back to an older state", len(cases), found, never)


def _failures(home: Home) -> list[str]:
    """Return what doctor calls a failure."""
    results = json.loads(home.run("doctor", "--json").out)["results"]
    return [one["message"] for one in results if one["state"] == "failure"]


def logs(made: Home, count: int, folder: Path) -> Row:
    """Alter the log, and verify it with the key."""
    never = ("not named", "called a bug")
    found: Counter[str] = Counter(
        dict.fromkeys(("named by log --verify", "named by --expect alone", *never), 0)
    )
    cases = some([(change, hide) for change in ALTERATIONS for hide in HIDINGS], count)
    for change, hide in cases:
        home = made.copy(folder / "log")
        with closing(sqlite3.connect(home.path)) as db, db:
            older = db.execute("SELECT * FROM log_heads WHERE tenant_id = 'default'").fetchone()
        home.must("edit", "shop", "--tag", "later")
        last = json.loads(home.must("key", "status", "--json").out)["last_hash"]
        with closing(sqlite3.connect(home.path)) as db, db:
            change(db)
            hide(db)
            if hide is _put_head_back:
                marks = ", ".join("?" for _ in older)
                db.execute("DELETE FROM log_heads WHERE tenant_id = 'default'")
                db.execute(f"INSERT INTO log_heads VALUES ({marks})", older)
        found[_verified(home, last)] += 1
        home.remove()
    return row("entries of the log changed, removed, put in, cut", len(cases), found, never)


def log_columns(made: Home, count: int, folder: Path) -> Row:
    """Alter each column of an entry, and of the log's end, to something else."""
    never = ("not named", "called a bug")
    found: Counter[str] = Counter(dict.fromkeys(("named by log --verify", *never), 0))
    last = json.loads(made.must("key", "status", "--json").out)["last_hash"]
    places = [
        (table, column, where)
        for table, where in (("events", ENTRY), ("log_heads", "tenant_id = 'default'"))
        for (column,) in made.query("SELECT name FROM pragma_table_info(?)", table)
    ]
    for table, column, where in (cases := some(places, count)):
        home = made.copy(folder / "column")
        number = "entries" in column or column in {"id", "revision"}
        value = f"COALESCE({column}, 0) + 1000" if number else f"COALESCE({column}, '') || 'x'"
        home.query(f"UPDATE {table} SET {column} = {value} WHERE {where}")
        found[_verified(home, last)] += 1
        home.remove()
    return row("columns of the log changed", len(cases), found, never)


def log_times(made: Home, folder: Path) -> Row:
    """Write an entry with a clock that was set back: `log --verify` and doctor name it."""
    if shutil.which("faketime") is None:
        return Row("entries with a clock set back", 0, skipped="no faketime here")
    home = made.copy(folder / "times")
    program = (sys.executable, "-m", "connectors_cli", "edit", "shop", "--tag", "later")
    dated = ["faketime", "-f", "@2016-01-01 00:00:00", *program]
    subprocess.run(dated, env=home.environ, check=True, capture_output=True)
    verified = json.loads(home.run("log", "--verify", "--json").out)
    states = [one["state"] for one in json.loads(home.run("doctor", "--json").out)["results"]]
    last = json.loads(home.must("log", "--last", "1", "--json").out)
    found = {
        "not named by log --verify": int(not verified["back_in_time"]),
        "not named by doctor": int(not {"warning", "failure"} & set(states)),
        "not the last entry": int([one["subject"] for one in last] != ["shop"]),
    }
    home.remove()
    return row("entries with a clock set back", 1, found, found)


def _verified(home: Home, last: str) -> str:
    done = home.run("log", "--verify")
    if "this is a bug" in done.err or "Traceback" in done.err:
        return "called a bug"
    if done.code:
        return "named by log --verify"
    known = home.run("log", "--verify", "--expect", last)
    return "named by --expect alone" if known.code else "not named"


def _change(db: sqlite3.Connection) -> None:
    db.execute(f"UPDATE events SET principal = 'mallory' WHERE {ENTRY}")


def _remove(db: sqlite3.Connection) -> None:
    db.execute(f"DELETE FROM events WHERE {ENTRY}")


def _insert(db: sqlite3.Connection) -> None:
    columns = [name for (name,) in db.execute("SELECT name FROM pragma_table_info('events')")]
    names = ", ".join(name for name in columns if name != "id")
    [(last,)] = db.execute("SELECT MAX(id) FROM events WHERE tenant_id = 'default'")
    db.execute("UPDATE events SET id = id + 1 WHERE id = ?", (last,))  # makes room before the last
    copied = f"INSERT INTO events (id, {names}) SELECT ?, {names} FROM events WHERE {ENTRY}"
    db.execute(copied, (last,))


def _cut(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM events WHERE tenant_id = 'default' AND id >= (SELECT MAX(id) - 1"
               " FROM events WHERE tenant_id = 'default')")  # fmt: skip


def _nothing(_: sqlite3.Connection) -> None:
    """Hide nothing."""


def _hash(db: sqlite3.Connection) -> None:
    """Correct the hashes of the tenant's entries and its head."""
    names = ", ".join(("id", *forgery.HASHED))
    own = "WHERE tenant_id = 'default'"
    rows = db.execute(f"SELECT {names} FROM events {own} ORDER BY id").fetchall()
    previous = None
    for entry, *values in rows:
        found = forgery.hash_entry(previous, values)
        change = "UPDATE events SET previous_hash = ?, hash = ? WHERE id = ?"
        db.execute(change, (previous, found, entry))
        previous = found
    db.execute(f"UPDATE log_heads SET entries = ?, hash = ? {own}", (len(rows), previous))


def _erase_seals(db: sqlite3.Connection) -> None:
    db.execute("UPDATE events SET seal = NULL, seal_key_id = NULL WHERE tenant_id = 'default'")
    _hash(db)


def _bare(db: sqlite3.Connection) -> None:
    _erase_seals(db)
    db.execute(f"{forgery.BARE} WHERE tenant_id = 'default'")


def _put_head_back(db: sqlite3.Connection) -> None:
    _hash(db)


ALTERATIONS: tuple[Forge, ...] = (_change, _remove, _insert, _cut)
HIDINGS: tuple[Forge, ...] = (_nothing, _hash, _erase_seals, _bare, _put_head_back)


def some(cases: Sequence[_T], count: int) -> Sequence[_T]:
    """Return about `count` of the cases, spread over all."""
    return cases[:: max(1, len(cases) // count)]
