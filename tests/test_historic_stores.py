"""A store of every earlier schema version opens, is migrated and can be read and written."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import forging
import pytest

from connectors_cli import database
from connectors_cli.services import tenants
from connectors_cli.settings import Settings

STORES = Path(__file__).parent / "stores"
KEY = "z-p6TaHXthyIl_zGK6vLtCXYmiHMf_NaCOd_JjsB4zU="
VERSIONS = range(1, database.SCHEMA_VERSION)


@pytest.fixture(params=VERSIONS, ids=str)
def old_store(request, monkeypatch, settings) -> Path:
    """A store of an earlier version in this test's home, this user its owner."""
    monkeypatch.setenv("CONNECTOR_AUTH_ENCRYPTION_KEY", KEY)
    path = Path(settings.home) / "store.db"
    path.parent.mkdir(mode=0o700)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript((STORES / f"{request.param}.sql").read_text("utf-8"))
        connection.execute(f"PRAGMA application_id={database.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={request.param}")
        principal = database.os_user()
        connection.execute("UPDATE members SET principal = ?", (principal,))
    path.chmod(0o600)
    return path


def test_every_version_has_its_store():
    assert sorted(path.stem for path in STORES.glob("*.sql")) == [str(n) for n in VERSIONS]


def test_it_is_read_migrated_and_written(run, old_store):
    assert run("targets", "-o", "names").out == "blog\n"
    assert run("get", "blog", "application_password", "--reveal").out == "historic-password\n"
    assert run("edit", "blog", "--tag", "moved").code == 0
    assert run("restore", "gone").code == 0
    assert run("get", "gone", "application_password", "--reveal").out == "historic-password\n"
    with closing(sqlite3.connect(old_store)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA user_version").fetchone() == (database.SCHEMA_VERSION,)


def test_its_log_is_chained_and_then_sealed(run, old_store):
    before = json.loads(run("log", "--verify", "--json").out)
    assert before["broken"] is None
    assert before["entries"] > 0
    assert run("get", "blog", "application_password", "--reveal").code == 0
    after = json.loads(run("log", "--verify", "--json").out)
    assert after["entries"] == before["entries"] + 1
    assert after["sealed_until"]["id"] == after["entries"]
    with closing(sqlite3.connect(old_store)) as connection, connection:
        connection.execute("UPDATE events SET email = 'x@example.com' WHERE id = 2")
    assert json.loads(run("log", "--verify", "--json").out)["broken"]["id"] == 2


def test_what_was_never_sealed_is_told_for_good_and_what_was_is_whole(run, old_store, request):
    """Version 1 had no seals: a forger who erased all could make any log look like one of it."""
    version = request.node.callspec.params["old_store"]
    assert run("get", "blog", "application_password", "--reveal").code == 0
    assert run("get", "blog", "application_password", "--reveal").code == 0
    done = run("log", "--verify", "--json")
    found = json.loads(done.out)
    told = (done.code, found["state"], found["unproven_until"] and found["unproven_until"]["id"])
    assert told == ((7, "unsealed", 4) if version == 1 else (0, "whole", None))


@pytest.mark.parametrize("old_store", VERSIONS[1:], indirect=True, ids=str)
def test_seals_of_version_2_that_were_erased_are_missed_at_the_next(run, old_store):
    """Who changes an entry and rewrites every hash: the seal over the length is left."""
    with closing(sqlite3.connect(old_store)) as connection, connection:
        connection.execute("UPDATE events SET email = 'x@example.com' WHERE id = 2")
        connection.execute("UPDATE events SET seal = NULL, seal_key_id = NULL")
        forging.rewrite(connection)
    assert run("get", "blog", "application_password", "--reveal").code == 0
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["broken"]["id"], found["broken"]["what"]) == (7, "unmatched")


def test_it_ends_with_the_tables_of_a_new_one(run, old_store, tmp_path):
    assert run("list", "-o", "names").code == 0
    environ = {"CONNECTORS_HOME": str(tmp_path / "new"), "CONNECTOR_AUTH_ENCRYPTION_KEY": KEY}
    fresh = Settings(environ)
    tenants.init(fresh)
    assert shape(old_store) == shape(Path(fresh.home) / "store.db")


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the columns of every table and view."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")
        return {
            name: sorted(row[1:] for row in connection.execute(f"PRAGMA table_info({name})"))
            for (name,) in names
        }
