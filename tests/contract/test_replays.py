"""A row put back to an older state, revived, or without its entries is refused and named."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

COLUMNS = (
    *("config", "auth", "auth_mac", "auth_fingerprints", "version", "revision", "status", "tags"),
    *("deleted_at", "auth_expires_at", "key_id", "name"),
)
USES = (
    ("get", "blog", "application_password", "--reveal"),
    ("run", "blog", "--", "true"),
    ("env", "blog"),
    ("export", "blog", "--secrets", "sealed", "--passphrase", "env:PASS"),
    ("edit", "blog", "--tag", "x"),
    ("edit", "blog", "-s", "site_url=https://new.example.com", "--yes"),
    ("test", "blog"),
)


@pytest.fixture
def store(run, blog, monkeypatch) -> Path:
    monkeypatch.setenv("PASS", "correct horse battery staple")
    return Path(os.environ["CONNECTORS_HOME"]) / "store.db"


def row(store: Path) -> tuple:
    with closing(sqlite3.connect(store)) as db:
        return db.execute(f"SELECT {', '.join(COLUMNS)} FROM connectors").fetchone()


def put_back(store: Path, values: tuple) -> None:
    with closing(sqlite3.connect(store)) as db, db:
        db.execute(f"UPDATE connectors SET {', '.join(f'{c} = ?' for c in COLUMNS)}", values)


def is_refused(run) -> None:
    for line in USES:
        done = run(*line)
        assert done.code == 7, (line, done.out)
        assert "blog" in done.err + done.out


def is_named(run) -> None:
    done = run("log", "--verify", "--json")
    assert (done.code, json.loads(done.out)["connectors"][0]["name"]) == (7, "blog")
    found = json.loads(run("doctor", "--json").out)["results"]
    assert any(item["check"] == "versions" and item["state"] == "failure" for item in found)


@pytest.mark.slow
def test_older_row_is_refused_and_named(run, store):
    older = row(store)
    assert run("edit", "blog", "-s", "site_url=https://new.example.com", "--yes").code == 0
    put_back(store, older)
    is_refused(run)
    is_named(run)
    assert run("credentials", "accept", "blog", "--yes").code == 0
    assert run(*USES[0]).code == 0
    assert run("log", "--verify").code == 0


def test_row_from_before_a_tag_was_added_is_refused(run, store):
    older = row(store)
    assert run("edit", "blog", "--tag", "spring").code == 0
    put_back(store, older)
    is_refused(run)
    is_named(run)


@pytest.mark.slow
@pytest.mark.parametrize("key", [True, False])
def test_revived_connector_is_refused(run, store, monkeypatch, key):
    live = row(store)
    name = "CONNECTOR_AUTH_ENCRYPTION_KEY"
    text = os.environ[name]
    if not key:
        monkeypatch.delenv(name)
    assert run("remove", "blog").code == 0
    monkeypatch.setenv(name, text)
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("UPDATE connectors SET deleted_at = NULL, status = 'active'")
    is_refused(run)
    put_back(store, live)
    is_refused(run)


def test_connector_removed_without_its_key_can_be_restored(run, store, monkeypatch):
    name = "CONNECTOR_AUTH_ENCRYPTION_KEY"
    text = os.environ[name]
    monkeypatch.delenv(name)
    assert run("remove", "blog").code == 0
    assert run("restore", "blog").code == 7
    monkeypatch.setenv(name, text)
    assert run("log", "--verify").code == 0
    assert run("restore", "blog").code == 0
    assert run(*USES[0]).code == 0
    assert run("log", "--verify").code == 0


def test_connector_without_its_entries_is_refused_and_named(run, store):
    with closing(sqlite3.connect(store)) as db:
        head = db.execute("SELECT * FROM log_heads").fetchone()
        first = db.execute("SELECT hash FROM events ORDER BY id LIMIT 1").fetchone()
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("DELETE FROM events WHERE id > 1")
        db.execute("UPDATE log_heads SET entries = 1, hash = ?", first)
    assert head is not None
    is_refused(run)


def test_deleted_row_is_named(run, store):
    assert run("log", "--verify").code == 0
    with closing(sqlite3.connect(store)) as db, db:
        db.execute("DELETE FROM connectors")
    assert json.loads(run("log", "--verify", "--json").out)["connectors"] == [
        {"name": "blog", "what": "gone"}
    ]


def test_purged_connectors_are_not_missed(run, store):
    assert run("remove", "blog", "--purge", "--yes").code == 0
    assert run("log", "--verify").code == 0


def test_expected_hash_must_be_in_the_log(run, store, tmp_path):
    before = json.loads(run("key", "status", "--json").out)["last_hash"]
    assert run("backup", str(tmp_path / "copy.db")).code == 0
    made = json.loads(run("backup", str(tmp_path / "second.db"), "--json").out)["last_hash"]
    assert run("edit", "blog", "--tag", "x").code == 0
    for known in (before, made["default"]):
        assert run("log", "--verify", "--expect", known).code == 0
    done = run("log", "--verify", "--expect", "0" * 64, "--json")
    assert (done.code, json.loads(done.out)["broken"]["what"]) == (7, "unexpected")
    assert run("log", "--expect", before).code == 2


@pytest.mark.parametrize(
    "sql",
    [
        "deleted_at = NULL, status = 'active'",
        "tags = '[\"x\"]'",
        "version = version + 1",
        "config = CAST(config AS BLOB)",
        "auth = '{'",
    ],
)
def test_verification_names_a_connector_that_was_changed_by_sql(run, store, sql):
    assert run("remove", "blog").code == 0
    assert run("log", "--verify").code == 0
    with closing(sqlite3.connect(store)) as db, db:
        db.execute(f"UPDATE connectors SET {sql}")
    done = run("log", "--verify", "--json")
    assert (done.code, json.loads(done.out)["connectors"]) == (
        7,
        [{"name": "blog", "what": "changed"}],
    )


def test_verification_without_the_key_names_no_connector(run, store, monkeypatch):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    assert json.loads(run("log", "--verify", "--json").out)["connectors"] == []


def test_duplicate_names_in_json_are_refused(run, store):
    with closing(sqlite3.connect(store)) as db, db:
        (config,) = db.execute("SELECT config FROM connectors").fetchone()
        twice = '{"site_url": "https://evil.example", ' + config[1:]
        db.execute("UPDATE connectors SET config = ?", (twice,))
    is_refused(run)


def test_entries_dated_back_are_shown_and_named(run, store, at):
    assert at("2016-01-01 12:00:00", "edit", "blog", "--tag", "old").returncode == 0
    shown = json.loads(run("log", "--since", "7d", "--json").out)
    assert [item["action"] for item in shown][-1] == "connector.update"
    (last,) = json.loads(run("log", "--last", "1", "--json").out)
    assert last["at"].startswith("2016")
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["back_in_time"], found["first_back"]["at"][:4]) == (1, "2016")


def test_entries_dated_ahead_are_shown_and_named(run, store, at):
    assert at("2036-01-01 12:00:00", "get", "blog", "username", "--reveal").returncode == 0
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["back_in_time"], found["ahead"]["at"][:4]) == (0, "2036")
    named = json.loads(run("doctor", "--json").out)["results"]
    assert any(item["check"] == "log times" for item in named)
    assert run("edit", "blog", "--tag", "later").code == 0
    shown = json.loads(run("log", "--since", "7d", "--until", "2035-01-01", "--json").out)
    this_year = str(datetime.now(UTC).year)
    assert [item["at"][:4] for item in shown[-2:]] == ["2036", this_year]
    found = json.loads(run("log", "--verify", "--json").out)
    assert (found["back_in_time"], found["ahead"]) == (1, None)


ALTER = "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'PRIMARY KEY (id)',"


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TRIGGER t AFTER INSERT ON events BEGIN DELETE FROM keys; END",
        "CREATE VIEW tenant_names AS SELECT 1",
        "DROP VIEW publish_targets; CREATE VIEW publish_targets AS SELECT 1 AS name WHERE 0",
        "CREATE TRIGGER alembic_version_t AFTER INSERT ON events BEGIN DELETE FROM keys; END",
        f"{ALTER} 'PRIMARY KEY (id) ON CONFLICT IGNORE') WHERE name = 'events'",
    ],
)
def test_backup_with_a_schema_of_its_own_is_not_restored(run, store, tmp_path, sql):
    copy = tmp_path / "copy.db"
    assert run("backup", str(copy)).code == 0
    with closing(sqlite3.connect(copy)) as db:
        db.executescript(sql)
    done = run("restore", "--from", str(copy), "--yes")
    assert (done.code, "cannot be restored" in done.err) == (1, True)
    assert run("targets", "-o", "names").out == "blog\n"
    assert run(*USES[0]).code == 0


def test_credentials_that_stay_while_another_process_reads_are_noted(run, store, monkeypatch):
    monkeypatch.setenv("NEW", "another-password")
    with closing(sqlite3.connect(store)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM connectors").fetchone()
        done = run("edit", "blog", "--secret", "application_password=env:NEW")
        assert "another process reads" in done.err
        reader.rollback()
        monkeypatch.setenv("NEW", "a-third-password")
        done = run("edit", "blog", "--secret", "application_password=env:NEW")
        assert "another process" not in done.err  # it has the store open, and reads nothing
    assert "another process" not in run("edit", "blog", "--tag", "x").err
    monkeypatch.setenv("NEW", "a-third-password")
    done = run("edit", "blog", "--secret", "application_password=env:NEW")
    assert (done.code, done.err) == (0, "")
