"""Concurrent and killed processes: no acknowledged change is lost."""

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.__main__ import main
from connectors_cli.vault.seal import new_key
from support.processes import finish, fork, together

ROUNDS = int(os.environ.get("CONNECTORS_TEST_ROUNDS", "1"))
KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
MANY = 8

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
]


def line(*words: str) -> Callable[[], int]:
    return lambda: main(list(words))


def install(name: str, secret: str | None = None) -> tuple[str, ...]:
    source = f"integration_token=cmd:echo {secret or f'secret-of-{name}'}"
    return ("install", "medium", "--yes", "-N", name, "-S", source)


def query(sql: str) -> list[tuple]:
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as connection:
        return connection.execute(sql).fetchall()


def whole() -> bool:
    return query("PRAGMA integrity_check") == [("ok",)] and not query("PRAGMA foreign_key_check")


def secret_of(run, name: str) -> str:
    return run("get", name, "integration_token", "--reveal").out.strip()


def test_many_processes_create_one_store_and_lose_nothing(run):
    codes = together([line(*install(f"c{n}")) for n in range(MANY)])
    assert codes == [0] * MANY
    assert query("SELECT COUNT(*) FROM keys") == [(1,)]
    assert [secret_of(run, f"c{n}") for n in range(MANY)] == [
        f"secret-of-c{n}" for n in range(MANY)
    ]
    assert {file.name for file in Path(os.environ["CONNECTORS_HOME"]).iterdir()} <= {
        *("store.db", "store.db.lock", "store.db-wal", "store.db-shm")
    }


def test_many_processes_create_one_key_in_the_keyring(secret_service, spawn):
    secret_service.start(b"test")
    assert together([line(*install(f"c{n}")) for n in range(MANY)]) == [0] * MANY
    assert query("SELECT COUNT(*) FROM keys") == [(1,)]
    code = (
        "import secretstorage as s; c = s.get_default_collection(s.dbus_init());"
        "print(len(list(c.search_items({'service': 'connectors-cli'}))))"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert made == b"1\n"
    done = spawn("validate", "--all", "--json")
    assert done.code == 0, done.err


def test_many_processes_create_one_tenant(run, blog, monkeypatch):
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert together([line("init", "-t", "acme")] * MANY) == [0] * MANY
    assert query("SELECT COUNT(*) FROM keys WHERE tenant_id = 'acme'") == [(1,)]


def test_many_writers_of_one_connector_lose_no_update(run, blog):
    def tag(writer: int) -> Callable[[], int]:
        return lambda: max(main(["edit", "blog", "--tag", f"w{writer}-{n}"]) for n in range(4))

    assert together([tag(n) for n in range(MANY)]) == [0] * MANY
    row = json.loads(run("show", "blog", "--json").out)
    assert set(row["tags"]) == {"prod", *(f"w{w}-{n}" for w in range(MANY) for n in range(4))}
    assert row["version"] == 1 + 4 * MANY


def test_one_of_many_edits_of_a_version_succeeds(run, blog):
    edits = [line("edit", "blog", "--if-version", "1", "--tag", f"w{n}") for n in range(MANY)]
    assert sorted(together(edits)) == [0] + [6] * (MANY - 1)
    assert json.loads(run("show", "blog", "--json").out)["version"] == 2


def test_one_of_many_installations_of_a_name_succeeds(run, blog):
    assert sorted(together([line(*install("same")) for _ in range(MANY)])) == [0] + [6] * (MANY - 1)


def test_concurrent_upserts_of_one_name_all_succeed(run, blog):
    upserts = [line(*install("same", f"secret-{n}"), "--upsert") for n in range(MANY)]
    assert together(upserts) == [0] * MANY
    assert secret_of(run, "same").startswith("secret-")


def test_writer_does_not_block_readers(run, blog):
    path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE connectors SET status = 'inactive'")
        assert run("targets", "-o", "names").out == "blog\n"


def test_waiting_for_a_key_blocks_no_other_writer(run, blog, monkeypatch):
    key = os.environ[KEY]
    monkeypatch.delenv(KEY)
    monkeypatch.setenv(KEY + "_COMMAND", f"sh -c 'sleep 6; echo {key}'")
    waiting = [fork(line("edit", "blog", "--rename", "other")), fork(line(*install("new")))]
    time.sleep(1.5)
    assert main(["member", "add", "quick", "--role", "viewer"]) == 0  # needs no key
    assert [os.waitpid(child, os.WNOHANG)[0] for child in waiting] == [0, 0]  # still waiting
    codes = [finish(child) for child in waiting]
    assert codes == [0, 0]


def killed_at_random(
    work: Callable[[Callable[[str], None]], None], seconds: float, *, begun: bool = False
) -> list[str]:
    """Do some work, kill it a random time after it started, or after its first change is made.

    Returns what it acknowledged.
    """
    reading, writing = os.pipe()

    def acknowledge(text: str) -> None:
        os.write(writing, f"{text}\n".encode())

    def run() -> int:
        os.close(reading)
        work(acknowledge)
        return 0

    child = fork(run)
    os.close(writing)
    if begun:
        select.select([reading], [], [], 60)
    time.sleep(random.uniform(0, seconds))
    os.kill(child, signal.SIGKILL)
    finish(child)
    with os.fdopen(reading) as pipe:
        return pipe.read().split()


def change_without_end(acknowledge: Callable[[str], None], first: int) -> None:
    """Install, edit and remove connectors, and tell of each change once it is made."""
    for n in range(first, first + 1000):
        steps = (
            (f"installed:{n}", install(f"c{n}")),
            (f"edited:{n}", ("edit", f"c{n}", "-S", f"integration_token=cmd:echo edited-{n:08}")),
            (f"removed:{n}", ("remove", f"c{n}")),
        )
        for done, words in steps[: 2 + n % 2]:
            assert main(list(words)) == 0
            acknowledge(done)


def test_killed_writers_lose_no_acknowledged_change(run, blog):
    random.seed(os.urandom(8))
    acknowledged: list[str] = []
    for n in range(12 * ROUNDS):
        acknowledged += killed_at_random(
            lambda tell, n=n: change_without_end(tell, n * 1000), 0.3, begun=n % 2 == 1
        )
        assert whole()
    state = dict(reversed(text.split(":")) for text in acknowledged)
    assert state
    live = {name for (name,) in query("SELECT name FROM connectors WHERE deleted_at IS NULL")}
    for n, last in state.items():
        if last == "removed":
            assert f"c{n}" not in live
        elif f"c{n}" in live:
            assert secret_of(run, f"c{n}") in {
                *([f"secret-of-c{n}"] if last == "installed" else []),
                f"edited-{int(n):08}",
            }
        else:  # removed, and killed before it could say so
            assert int(n) % 2 == 1
            assert last == "edited"
    assert run("validate", "--all").code == 0
    assert run("edit", "blog", "--tag", "after").code == 0


def test_a_killed_first_start_leaves_a_whole_store_or_none(run, monkeypatch, tmp_path):
    for n in range(8 * ROUNDS):
        monkeypatch.setenv("CONNECTORS_HOME", str(tmp_path / f"home{n}"))
        told = killed_at_random(lambda tell: main(["init"]) or tell("made"), 0.35)
        assert not told or (tmp_path / f"home{n}" / "store.db").exists()
        assert run("init").code == 0
        assert whole()
        assert query("SELECT COUNT(*) FROM keys") == [(1,)]


def test_a_killed_migration_leaves_the_old_store_or_the_new(run, blog):
    for _ in range(5 * ROUNDS):
        path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE store_meta SET value = '0' WHERE key = 'schema_version'")
            connection.execute("DROP VIEW publish_targets")
        killed_at_random(lambda tell: main(["list"]) or tell("listed"), 0.15)
        assert whole()
        assert run("targets", "-o", "names").out == "blog\n"
