"""Rotation in blocks: many connectors are resealed while others write, and a kill loses nothing."""

import json
import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.errors import KeyMissing, Tampered
from connectors_cli.services import log
from connectors_cli.services.connectors import Edits, Wanted, install_connector, update_connector
from connectors_cli.services.keys import reseal, rotation
from connectors_cli.services.opener import opener_for
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.sealed import sealed_connectors
from connectors_cli.vault.seal import Key, new_key
from support.processes import finish, fork, together

pytestmark = pytest.mark.slow

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
STOCK, WRITERS = 20, 4
KILLS = int(os.environ.get("CONNECTORS_TEST_ROUNDS", "1")) * 125
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@pytest.fixture
def stocked(ws, monkeypatch) -> Iterator[Workspace]:
    """A store of some connectors, of which a block has five; their values are `v0 NAME`."""
    monkeypatch.setattr(reseal, "FEW", 3)
    monkeypatch.setattr(reseal, "BLOCK", 5)
    for n in range(STOCK):
        install(ws, f"c{n}")
    return ws


def install(ws: Workspace, name: str) -> None:
    install_connector(ws, Wanted("medium", name, {}, {"integration_token": f"v0 {name}"}))


def add_key(monkeypatch) -> str:
    """Put a new key before the current ones; return its id."""
    key = new_key()
    monkeypatch.setenv(VARIABLE, f"{key.text},{os.environ[VARIABLE]}")
    return key.id


def workspace() -> Workspace:
    return Workspace(Settings(os.environ))


def query(ws: Workspace, sql: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(ws.store.path)) as db, db:
        return db.execute(sql, values).fetchall()


def contents(ws: Workspace) -> dict[str, str]:
    """Return the value of each connector, opened with the keys of the environment."""
    settings = Settings(os.environ)
    with closing(open_for_reading(settings.store)) as db:
        opener = opener_for(db, settings)
        rows = sealed_connectors(db, "default")
        return {row["name"]: opener.open(row).auth["integration_token"] for row in rows}


def is_sound(ws: Workspace) -> bool:
    settings = Settings(os.environ)
    with closing(open_for_reading(settings.store)) as db:
        state = log.verify(db, settings).state
    return state == "whole" and query(ws, "PRAGMA integrity_check") == [("ok",)]


def rotate() -> int:
    with closing(workspace()) as ws:
        rotation.rotate(ws)
    return 0


def test_blocks_reseal_everything_and_are_counted(stocked, monkeypatch):
    truth, new = contents(stocked), add_key(monkeypatch)
    with closing(workspace()) as ws:
        done = rotation.rotate(ws).done
    assert (done.connectors, done.values, done.damaged) == (STOCK, STOCK, 0)
    monkeypatch.setenv(VARIABLE, os.environ[VARIABLE].partition(",")[0])
    assert contents(stocked) == truth
    assert query(stocked, "SELECT DISTINCT key_id FROM connectors") == [(new,)]
    assert is_sound(stocked)
    ((details,),) = query(stocked, "SELECT details FROM events WHERE action = 'key.rotate'")
    assert json.loads(details)["connectors"] == STOCK


def test_a_row_that_does_not_open_stops_it_before_anything_is_written(stocked, monkeypatch):
    before = query(stocked, "SELECT id, auth FROM connectors ORDER BY id")
    query(stocked, "UPDATE connectors SET config = '{\"a\": 1}' WHERE name = 'c19'")
    add_key(monkeypatch)
    with closing(workspace()) as ws, pytest.raises(Tampered, match=r"nothing was changed: c19$"):
        rotation.rotate(ws)
    assert query(stocked, "SELECT id, auth FROM connectors ORDER BY id") == before
    last = "SELECT action, outcome FROM events ORDER BY id DESC LIMIT 1"
    assert query(stocked, last) == [("key.rotate", "tampered")]
    with closing(workspace()) as ws:
        done = rotation.rotate(ws, "skip").done
    assert (done.connectors, done.names) == (STOCK - 1, ["c19"])


def test_a_row_that_changed_since_it_was_read_is_resealed_as_it_is(stocked, monkeypatch):
    add_key(monkeypatch)
    with closing(workspace()) as ws:
        ws.fetch_keys()
        target = ws.key_source().keys[0]
        staged = "SELECT ?, tenant_id, 'pending', created_at, NULL, NULL FROM keys"
        query(stocked, f"INSERT INTO keys {staged}", target.id)
        key = rotation.Cipher(target)
        done = reseal.Resealed()
        with closing(open_for_reading(ws.settings.store)) as db:
            fresh = next(reseal.Resealer(ws, db).fresh_blocks(key))
        update_connector(stocked, "c1", Edits(tag=("new",)))
        with ws.store.transaction() as writing:
            reseal.Resealer(ws, writing).replace(fresh, key, done)
    assert (done.connectors, done.values) == (4, 4)
    named = "SELECT name FROM connectors WHERE key_id <> ? AND name IN ('c0', 'c1', 'c2')"
    assert query(stocked, named, target.id) == [("c1",)]
    assert len(contents(stocked)) == STOCK


def test_a_half_done_rotation_needs_its_key(stocked, monkeypatch):
    """The key of an interrupted rotation seals connectors already: it is not replaced."""
    before = os.environ[VARIABLE]
    add_key(monkeypatch)
    stop_after_blocks(2)
    assert {state for (state,) in query(stocked, "SELECT state FROM keys")} == {"active", "pending"}
    both = os.environ[VARIABLE]
    monkeypatch.setenv(VARIABLE, before)
    add_key(monkeypatch)
    with closing(workspace()) as ws, pytest.raises(KeyMissing, match="interrupted rotation"):
        rotation.rotate(ws)
    monkeypatch.setenv(VARIABLE, both)
    with closing(workspace()) as ws:
        done = rotation.rotate(ws).done
    assert done.connectors == STOCK - 10
    assert len(contents(stocked)) == STOCK
    assert is_sound(stocked)


def stop_after_blocks(count: int) -> None:
    """Rotate in another process, which ends after it wrote some blocks."""

    def work() -> int:
        def replace(self, rows, target, done, real=reseal.Resealer.replace):
            nonlocal count
            if count == 0:
                os._exit(7)
            count -= 1
            return real(self, rows, target, done)

        reseal.Resealer.replace = replace  # this process ends with it
        return rotate()

    assert finish(fork(work)) == 7


@forked
def test_others_write_while_blocks_are_resealed(stocked, monkeypatch, tmp_path):
    add_key(monkeypatch)
    told = tmp_path / "told"
    told.touch()
    codes = together([rotate, *(writer(told, n, 6) for n in range(WRITERS))])
    assert codes == [0] * (WRITERS + 1)
    check(stocked, told)
    assert {state for (state,) in query(stocked, "SELECT state FROM keys")} == {
        "active",
        "retiring",
    }


@forked
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_a_kill_loses_nothing_while_others_write(stocked, monkeypatch, tmp_path, journal):
    killed_among_writers(stocked, monkeypatch, tmp_path, journal, 4)


@forked
@pytest.mark.parametrize("journal", ["WAL", "DELETE"])
def test_rotation_killed_at_many_points(stocked, monkeypatch, tmp_path, journal):
    killed_among_writers(stocked, monkeypatch, tmp_path, journal, KILLS)


def killed_among_writers(stocked, monkeypatch, folder: Path, journal: str, rounds: int) -> None:
    """Kill a rotation at a random time amid writers, and let the next one finish, many times."""
    query(stocked, f"PRAGMA journal_mode={journal}")
    told = folder / "told"
    told.touch()
    seconds = duration(monkeypatch)
    for n in range(rounds):
        add_key(monkeypatch)
        writers = [fork(writer(told, w, 2)) for w in range(WRITERS)]
        victim = fork(rotate)
        time.sleep(random.uniform(0, seconds))
        os.kill(victim, signal.SIGKILL)
        assert finish(victim) in {0, -signal.SIGKILL}
        assert [finish(child) for child in writers] == [0] * WRITERS
        check(stocked, told, whole=n % 10 == 0)
        add_key(monkeypatch)  # if the killed one had finished, the next needs another
        assert rotate() == 0
        states = [state for (state,) in query(stocked, "SELECT state FROM keys")]
        assert (states.count("active"), states.count("pending")) == (1, 0)
        check(stocked, told, whole=n % 10 == 0)
        forget_old_keys(stocked, monkeypatch)
    assert is_sound(stocked)


def duration(monkeypatch) -> float:
    add_key(monkeypatch)
    began = time.monotonic()
    assert finish(fork(rotate)) == 0
    return 1.5 * (time.monotonic() - began)


def forget_old_keys(ws: Workspace, monkeypatch) -> None:
    """Keep only the active key; the others seal nothing."""
    ((active,),) = query(ws, "SELECT id FROM keys WHERE state = 'active'")
    assert query(ws, "SELECT DISTINCT key_id FROM connectors") == [(active,)]
    kept = [text for text in os.environ[VARIABLE].split(",") if Key(text).id == active]
    monkeypatch.setenv(VARIABLE, kept[0])


def writer(told: Path, number: int, times: int) -> Callable[[], int]:
    """Return work that edits connectors of its own and installs others, and tells each value."""

    def work() -> int:
        chosen = random.Random(os.urandom(8))
        ws = workspace()
        with open(told, "a", encoding="utf-8", buffering=1) as file:
            for _ in range(times):
                name, value = f"c{number + WRITERS * chosen.randrange(4)}", os.urandom(4).hex()
                update_connector(ws, name, Edits(auth={"integration_token": value}))
                file.write(f"{name} {value}\n")
        if chosen.random() < 0.2:
            install(ws, f"new-{os.urandom(4).hex()}")
        ws.close()
        return 0

    return work


def check(ws: Workspace, told: Path, *, whole: bool = True) -> None:
    """Check that every value opens and is the last one that was told."""
    last = dict(line.split() for line in told.read_text().splitlines())
    found = contents(ws)
    assert found == {name: last.get(name, f"v0 {name}") for name in found}
    assert len(found) >= STOCK
    assert not whole or is_sound(ws)
