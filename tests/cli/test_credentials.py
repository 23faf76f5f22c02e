"""The commands `credentials ...`: reset and accept."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.services import credentials
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.vault.seal import new_key
from support.processes import run_forked

pytestmark = pytest.mark.sqlite

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
GET = ("get", "blog", "application_password", "--reveal")
NEW = ("--secret", "application_password=cmd:echo canary-new", "--set", "username=alice")


def query(sql: str, *values):
    path = f"{os.environ['CONNECTORS_HOME']}/store.db"
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, values).fetchall()


@pytest.fixture
def second(run, blog):
    done = run(
        *("install", "wordpress", "--name", "second", "--set", "site_url=https://two.example.com"),
        *("--set", "username=bob", "--secret", "application_password=cmd:echo canary-second"),
    )
    assert done.code == 0, done.err
    return "second"


def test_reset_after_a_lost_key_keeps_the_settings(run, blog, second, monkeypatch):
    run("remove", "second")
    monkeypatch.setenv(VARIABLE, new_key().text)
    assert run("credentials", "reset", "--all").code == 2
    done = run("credentials", "reset", "--all", "--yes", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["reset"] == ["blog", "second (removed)"]
    shown = json.loads(run("show", "blog", "--json").out)
    assert shown["config"]["site_url"] == "https://blog.example.com"
    assert (shown["status"], shown["auth_fields"]) == ("error", [])
    assert run("edit", "blog", *NEW, "--activate").code == 0
    assert run(*GET).out == "canary-new\n"
    assert run("restore", "second").code == 0
    assert run("edit", "second", "--set", "site_url=https://three.example.com", *NEW).code == 0
    assert {state for (state,) in query("SELECT state FROM keys")} == {"active", "retired"}
    status = json.loads(run("key", "status", "--json").out)
    assert status["problem"] is None


def test_key_lost_from_the_keyring_is_replaced(secret_service, tmp_path):
    secret_service.start(b"test")
    install = ("install", "medium", "--yes", "-S", "integration_token=cmd:echo canary-token")
    assert run_forked(tmp_path, *install).code == 0
    query("UPDATE keys SET id = '0123456789abcdef'")
    columns = {"connectors": "key_id", "events": "seal_key_id", "log_heads": "seal_key_id"}
    for table, column in columns.items():
        query(f"UPDATE {table} SET {column} = '0123456789abcdef'")
    done = run_forked(tmp_path, "credentials", "reset", "--all", "--yes", "--json")
    assert done.code == 0, done.err
    again = run_forked(tmp_path, "edit", "medium", *install[3:])
    assert again.code == 0, again.err


def test_unresponsive_keyring_resets_nothing(secret_service, tmp_path):
    secret_service.start(b"test")
    install = ("install", "medium", "--yes", "-S", "integration_token=cmd:echo canary-token")
    assert run_forked(tmp_path, *install).code == 0
    secret_service.stop()
    done = run_forked(tmp_path, "credentials", "reset", "--all", "--yes")
    assert done.code == 7
    secret_service.start(b"test")
    got = run_forked(tmp_path, "get", "medium", "integration_token", "--reveal")
    assert got.out == "canary-token\n"


def test_only_undecryptable_credentials_are_reset(run, blog, second):
    query("UPDATE connectors SET auth = json_set(auth, '$.username', 'x') WHERE name = 'second'")
    would = json.loads(run("credentials", "reset", "--all", "--dry-run", "--json").out)
    assert would["reset"] == ["second"]
    done = json.loads(run("credentials", "reset", "--all", "--yes", "--json").out)
    assert (done["reset"], done["new_key"]) == (["second"], None)
    assert run(*GET).out == "canary-password\n"
    again = json.loads(run("credentials", "reset", "--all", "--json").out)
    assert again["reset"] == []


@pytest.mark.parametrize("damage", ["auth = 'no JSON'", "config = '['", "auth = '[1]'"])
def test_row_without_json_can_be_reset(run, blog, damage):
    query(f"UPDATE connectors SET {damage}")
    assert "credentials reset" in run(*GET).err
    assert run("credentials", "reset", "blog", "--yes").code == 0
    site = ("--set", "site_url=https://blog.example.com")
    assert run("edit", "blog", *NEW, *site).code == 0
    assert run(*GET).out == "canary-new\n"


def test_cleared_credentials_are_logged_and_erased_from_the_file(run, blog):
    (auth,) = query("SELECT auth FROM connectors")[0]
    assert run("credentials", "reset", "blog", "--yes").code == 0
    assert query("SELECT action, subject FROM events ORDER BY id DESC")[0] == (
        "connector.reset",
        "blog",
    )
    (details,) = query("SELECT details FROM events ORDER BY id DESC")[0]
    assert json.loads(details)["fields"] == ["application_password", "username"]
    assert run("doctor").code == 0
    with open(f"{os.environ['CONNECTORS_HOME']}/store.db", "rb") as file:
        data = file.read()
    assert not [token for token in json.loads(auth).values() if token.encode() in data]


def test_accept_seals_the_settings_that_were_shown(run, blog):
    query("UPDATE connectors SET config = json_set(config, '$.site_url', 'https://new.example')")
    refused = run(*GET)
    assert refused.code == 7
    assert "credentials accept" in refused.err
    asked = run("credentials", "accept", "blog")
    assert asked.code == 2
    assert "https://new.example" in asked.err
    done = run("credentials", "accept", "blog", "--yes")
    assert done.code == 0, done.err
    assert done.out == "blog (wordpress): accepted, active\n"
    assert run(*GET).out == "canary-password\n"
    again = run("credentials", "accept", "blog", "--yes")
    assert again.code == 6


def test_a_credential_of_another_record_is_not_accepted(run, blog, second):
    (auth,) = query("SELECT auth FROM connectors WHERE name = 'second'")[0]
    query("UPDATE connectors SET auth = ? WHERE name = 'blog'", auth)
    done = run("credentials", "accept", "blog", "--yes")
    assert done.code == 7
    assert "belongs to another record" in done.err


def test_accept_requires_an_owner(run, blog):
    query("UPDATE members SET role = 'admin'")
    query("UPDATE connectors SET config = '{}'")
    assert run("credentials", "accept", "blog", "--yes").code == 4
    assert run("credentials", "reset", "blog", "--yes").code == 0


def test_altered_connectors_are_listed_but_not_reset(run, blog):
    query("UPDATE connectors SET name = 'blog2'")
    done = run("credentials", "reset", "--all", "--yes", "--json")
    assert json.loads(done.out)["altered"] == ["blog2"]
    assert "credentials accept NAME" in done.err


def test_credentials_under_another_key_survive_a_lost_key(run, blog, second, monkeypatch):
    first, newer, newest = os.environ[VARIABLE], new_key().text, new_key().text
    query("UPDATE connectors SET config = json_set(config, '$.x', '1') WHERE name = 'second'")
    monkeypatch.setenv(VARIABLE, f"{newer},{first}")
    assert run("key", "rotate", "--skip-damaged").code == 0
    monkeypatch.setenv(VARIABLE, f"{newest},{first}")
    done = run("credentials", "reset", "--all", "--yes", "--json")
    assert (json.loads(done.out)["reset"], json.loads(done.out)["altered"]) == (
        ["blog"],
        ["second"],
    )
    assert run("credentials", "accept", "second", "--yes").code == 0
    assert run("get", "second", *GET[2:]).out == "canary-second\n"


def test_key_found_again_during_the_prompt_is_kept(run, blog, tmp_path, monkeypatch):
    file, lost = tmp_path / "keys", os.environ[VARIABLE]
    file.write_text(new_key().text)
    file.chmod(0o600)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(file))
    with closing(Workspace(Settings(os.environ))) as ws:
        broken = credentials.find_broken(ws)
        assert broken.lost == ["blog"]
        file.write_text(f"{file.read_text()},{lost}")
        assert credentials.reset_all(ws, broken)["reset"] == []
    assert run(*GET).out == "canary-password\n"


def test_name_that_is_not_text_does_not_stop_a_reset(run, blog, monkeypatch):
    query("UPDATE connectors SET name = CAST(x'62ff' AS TEXT)")
    monkeypatch.setenv(VARIABLE, new_key().text)
    done = run("credentials", "reset", "--all", "--yes", "--json")
    assert done.code == 0, done.err
    found = run("log", "--verify", "--json")
    assert (found.code, json.loads(found.out)["state"]) == (7, "unchecked")
    assert "a key that was lost" in found.err


def test_an_unknown_name_is_not_found(run, blog):
    assert run("credentials", "reset", "nix", "--yes").code == 5
    assert run("credentials", "accept", "nix", "--yes").code == 5
    assert run("credentials", "reset", "--yes").code == 2


def test_reset_of_one_connector_leaves_the_others_sealed(run, blog, second, monkeypatch):
    lost = os.environ[VARIABLE]
    monkeypatch.setenv(VARIABLE, new_key().text)
    before = query("SELECT * FROM keys")
    assert run("credentials", "reset", "nosuch", "--yes").code == 5
    assert run("credentials", "reset", "blog", "--dry-run").code == 0
    assert query("SELECT * FROM keys") == before
    done = run("credentials", "reset", "blog", "--yes")
    assert done.code == 0, done.err
    assert "its key was lost: a new key is in use" in done.err
    shown = json.loads(run("show", "blog", "--json").out)
    assert shown["config"]["site_url"] == "https://blog.example.com"
    assert (shown["status"], shown["auth_fields"]) == ("error", [])
    assert run("edit", "blog", *NEW, "--activate").code == 0
    assert run(*GET).out == "canary-new\n"
    second_one = ("get", "second", "application_password", "--reveal")
    assert run(*second_one).code == 7
    assert run("key", "prune", "--yes").code == 6
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]},{lost}")
    assert run(*second_one).out == "canary-second\n"


def test_nothing_is_reset_without_a_new_key(run, blog, second, monkeypatch):
    assert run("tenant", "create", "acme").code == 7
    monkeypatch.setenv(VARIABLE, f"{new_key().text},{os.environ[VARIABLE]}")
    assert run("tenant", "create", "acme").code == 0
    monkeypatch.setenv(VARIABLE, os.environ[VARIABLE].partition(",")[0])
    for words in (("--yes",), ("--dry-run",)):
        done = run("credentials", "reset", "blog", *words)
        assert done.code == 7
        assert "rotation needs a new key in" in done.err
    assert query("SELECT COUNT(*) FROM connectors WHERE auth = '{}'") == [(0,)]
