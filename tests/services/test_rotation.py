"""Rotation: every value is resealed, and old keys are retired only when unused."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from connectors_cli.__main__ import main
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.services.auth import refresh, token_store
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.services.keys import rotation
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.vault.seal import Cipher, new_key
from support.processes import together

INTO_KEYS = "INSERT INTO keys (id, tenant_id, state, created_at)"

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
GET = ("get", "blog", "application_password", "--reveal")


def database():
    return closing(sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db"))


def states():
    with database() as db:
        return dict(db.execute("SELECT state, id FROM keys"))


def soon(seconds: float = 30) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def put_first(monkeypatch) -> str:
    """Put a new key before the current ones; return it."""
    key = new_key().text
    monkeypatch.setenv(VARIABLE, f"{key},{os.environ[VARIABLE]}")
    return key


def alter(sql: str, *values) -> None:
    with database() as db, db:
        db.execute(sql, values)


@pytest.fixture
def second(run, blog):
    """A second connector, its password `canary-second`."""
    done = run(
        *("install", "wordpress", "--name", "second", "--set", "site_url=https://two.example.com"),
        *("--set", "username=bob", "--secret", "application_password=cmd:echo canary-second"),
    )
    assert done.code == 0, done.err
    return "second"


def test_new_key_alone_opens_everything_after_a_rotation(run, blog, monkeypatch):
    key = put_first(monkeypatch)
    done = json.loads(run("key", "rotate", "--json").out)
    assert (done["connectors"], done["values"], done["left"]) == (1, 2, [])
    monkeypatch.setenv(VARIABLE, key)
    assert run(*GET).out == "canary-password\n"
    assert run("edit", "blog", "--set", "site_url=https://new.example.com", "--yes").code == 0


@pytest.mark.sqlite
def test_old_tokens_are_in_no_file_of_the_store(run, blog, monkeypatch):
    with database() as db:
        old = list(json.loads(db.execute("SELECT auth FROM connectors").fetchone()[0]).values())
    put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    home = os.environ["CONNECTORS_HOME"]
    for name in os.listdir(home):
        with open(os.path.join(home, name), "rb") as file:
            data = file.read()
        assert not [token for token in old if token.encode() in data], name


@pytest.mark.sqlite
def test_removed_connectors_and_webhooks_are_resealed_too(run, blog, second, monkeypatch):
    run("remove", "second")
    cipher = Cipher(_key(os.environ[VARIABLE]))
    secret = cipher.seal(("default", "w1", "secret"), "canary-hook")
    alter(
        "INSERT INTO webhooks VALUES ('w1', 'default', 'hook', 'https://x', '[]', ?, ?, 'active',"
        " 'a@b', '2026-01-01')",
        secret,
        cipher.key.id,
    )
    key = put_first(monkeypatch)
    assert json.loads(run("key", "rotate", "--json").out)["values"] == 5
    monkeypatch.setenv(VARIABLE, key)
    assert run("restore", "second").code == 0
    assert run("get", "second", "application_password", "--reveal").out == "canary-second\n"
    with database() as db:
        token, key_id = db.execute("SELECT secret, key_id FROM webhooks").fetchone()
    opened = Cipher(_key(key))
    assert key_id == opened.key.id
    assert opened.open(("default", "w1", "secret"), token) == "canary-hook"


def test_every_column_that_names_a_key_is_counted():
    from connectors_cli.store.orm.tables import SQLModel
    from connectors_cli.store.read import keys

    named = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("key_id")
    }
    heads = {("log_heads", "seal_key_id")}  # what the last of its events has
    assert named - heads == set(keys.SEALED.items())
    assert set(keys.NEEDING) < set(keys.SEALED)


@pytest.mark.sqlite
def test_key_needed_only_by_a_webhook_is_not_pruned_and_required_by_exports(
    run, blog, monkeypatch, tmp_path
):
    old = _key(os.environ[VARIABLE])
    key = put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    alter(
        "INSERT INTO webhooks VALUES ('w1', 'default', 'hook', 'https://x', '[]', ?, ?, 'active',"
        " 'a@b', '2026-01-01')",
        Cipher(old).seal(("default", "w1", "secret"), "canary-hook"),
        old.id,
    )
    done = run("key", "prune", "--yes")
    assert (done.code, f"key {old.id} is still needed by 1 row" in done.err) == (6, True)
    status = {row["id"]: row for row in json.loads(run("key", "status", "--json").out)["keys"]}
    assert (status[old.id]["connectors"], status[old.id]["webhooks"]) == (0, 1)
    monkeypatch.setenv(VARIABLE, key)
    done = run("key", "export", "--to", tmp_path / "keys", "--printable", "--yes")
    assert (done.code, old.id in done.err) == (7, True), done.err
    assert not (tmp_path / "keys").exists()


def _key(text):
    from connectors_cli.vault.key_sources import parse_key

    return parse_key(text, "test")


def test_list_without_an_unused_key_says_how_to_add_one(run, blog):
    done = run("key", "rotate")
    assert done.code == 7
    assert "rotation needs a new key" in done.err
    assert f'export {VARIABLE}="$(connectors key generate),${VARIABLE}"' in done.err


def test_hint_for_a_key_file_adds_a_key_when_it_is_pasted(run, blog, tmp_path, monkeypatch):
    file = tmp_path / "a key"
    file.write_text(os.environ[VARIABLE] + "\n")
    file.chmod(0o600)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(f"{VARIABLE}_FILE", str(file))
    hint = json.loads(run("key", "rotate", "--json").err)["error"]["hint"]
    path = f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}"
    command = ["sh", "-c", hint.partition(": ")[2]]
    subprocess.run(command, env={**os.environ, "PATH": path}, check=True)
    assert file.stat().st_mode & 0o777 == 0o600
    assert run("key", "rotate").code == 0


def test_retired_key_is_not_used_again(run, blog, monkeypatch):
    first = os.environ[VARIABLE]
    second_key = put_first(monkeypatch)
    run("key", "rotate")
    run("key", "prune", "--yes")
    monkeypatch.setenv(VARIABLE, f"{first},{second_key}")
    done = run("key", "rotate")
    assert done.code == 7
    assert "rotation needs a new key" in done.err


@pytest.mark.sqlite
def test_prune_retires_unneeded_keys_and_says_what_to_remove(run, blog, monkeypatch):
    put_first(monkeypatch)
    run("key", "rotate")
    old = states()["retiring"]
    asked = run("key", "prune")
    assert asked.code == 2
    assert states()["retiring"] == old
    done = run("key", "prune", "--yes")
    assert done.code == 0
    assert f"remove key {old} (number 2) from {VARIABLE}" in done.err
    assert states()["retired"] == old


@pytest.mark.sqlite
def test_rows_that_do_not_open_are_named_and_nothing_is_changed(run, blog, second, monkeypatch):
    alter("UPDATE connectors SET config = '{}' WHERE name = 'second'")
    put_first(monkeypatch)
    before = states()["active"]
    done = run("key", "rotate")
    assert done.code == 7
    assert "second" in done.err
    assert "blog" not in done.err
    assert states()["active"] == before
    assert run(*GET).out == "canary-password\n"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    "damage",
    [
        "config = '{}'",
        "auth = 'no JSON'",
        "auth = CAST(x'ff' AS TEXT)",
        "auth = '[]'",
        "name = x'00ff'",
        "key_id = '0000000000000000'",
        "auth_mac = 5",
    ],
)
def test_skipped_rows_stay_under_the_old_key(run, blog, second, monkeypatch, damage):
    alter(f"UPDATE connectors SET {damage} WHERE name = 'second'")
    with database() as db:
        columns = "CAST(auth AS BLOB), auth_mac, key_id"
        before = db.execute(f"SELECT {columns} FROM connectors ORDER BY rowid").fetchall()
    put_first(monkeypatch)
    done = run("key", "rotate", "--skip-damaged", "--json")
    assert done.code == 0, done.err
    assert len(json.loads(done.out)["left"]) == 1
    with database() as db:
        after = db.execute(f"SELECT {columns} FROM connectors ORDER BY rowid").fetchall()
    assert before[1] == after[1]
    assert run(*GET).out == "canary-password\n"
    pruned = run("key", "prune", "--yes")
    if "key_id" in damage:
        assert pruned.code == 0  # it names a key that never was
    else:
        assert pruned.code == 6
        assert f"key {states()['retiring']} is still needed by 1 row" in pruned.err


@pytest.mark.sqlite
@pytest.mark.parametrize("seconds", [30, 500])
def test_running_rotation_refuses_a_second_one(run, blog, monkeypatch, seconds):
    put_first(monkeypatch)
    alter(
        "INSERT INTO leases VALUES ('rotate:default', ?, ?)",
        f"{socket.gethostname()[:60]}:{os.getppid()}:x",
        soon(seconds),
    )
    done = run("key", "rotate")
    assert done.code == 6
    assert f"is being rotated by pid {os.getppid()}" in done.err
    assert "pending" not in states()


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("holder", "until"),
    [
        ("elsewhere:1:x", "2001-01-01T00:00:00.000000Z"),
        ("elsewhere:1:x", "2901-01-01T00:00:00.000000Z"),
        ("{here}:{gone}:x", None),
        ("{here}:{own}:x", None),  # of a container before, which was killed
    ],
)
def test_expired_lease_or_lease_of_an_ended_process_is_taken_over(
    run, blog, monkeypatch, holder, until
):
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    put_first(monkeypatch)
    here = socket.gethostname()[:60]
    alter(
        "INSERT INTO leases VALUES ('rotate:default', ?, ?)",
        holder.format(here=here, gone=gone, own=os.getpid()),
        until or soon(),
    )
    assert run("key", "rotate").code == 0
    with database() as db:
        assert db.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)


@pytest.mark.sqlite
def test_pending_key_in_its_source_is_reused(run, blog, monkeypatch):
    key = put_first(monkeypatch)
    pending = _key(key).id
    put_first(monkeypatch)  # and before it another one, which is not taken
    alter(
        f"{INTO_KEYS} VALUES (?, 'default', 'pending', '2026-01-01T00:00:00.000000Z')",
        pending,
    )
    assert run("key", "rotate").code == 0
    assert states()["active"] == pending


@pytest.mark.sqlite
def test_missing_pending_key_is_dropped(run, blog, monkeypatch):
    alter(
        f"{INTO_KEYS} VALUES ('0123456789abcdef', 'default', 'pending',"
        " '2026-01-01T00:00:00.000000Z')"
    )
    key = put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    assert states()["active"] == _key(key).id
    assert "pending" not in states()


def test_every_tenant_gets_its_own_key(run, blog, monkeypatch):
    put_first(monkeypatch)
    run("init", "--tenant", "acme")
    put_first(monkeypatch)
    put_first(monkeypatch)
    done = json.loads(run("key", "rotate", "--all", "--json").out)
    assert {row["tenant"] for row in done["tenants"]} == {"default", "acme"}
    assert len({row["to"] for row in done["tenants"]}) == 2
    again = run("key", "rotate", "--all", "--json")
    assert again.code == 7
    problems = json.loads(again.out)["problems"]
    assert len(problems) == 2


@pytest.mark.sqlite
def test_only_an_owner_rotates(run, blog, monkeypatch):
    put_first(monkeypatch)
    alter("UPDATE members SET role = 'admin'")
    done = run("key", "rotate")
    assert done.code == 4
    with database() as db:
        assert db.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)
        last = db.execute("SELECT action, outcome FROM events ORDER BY id DESC").fetchone()
    assert last == ("key.rotate", "not_permitted")


@pytest.mark.sqlite
def test_rotation_reports_a_lost_key_and_does_not_replace_it(run, blog, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{new_key().text},{new_key().text}")
    done = run("key", "rotate")
    assert done.code == 7
    assert "credentials reset --all" in done.err
    assert "pending" in states()


def test_key_status_counts_what_each_key_seals(run, blog, second, monkeypatch):
    run("remove", "second")
    (found,) = json.loads(run("key", "status", "--json").out)["keys"]
    assert (found["connectors"], found["webhooks"]) == (2, 0)


def test_rows_of_another_tenant_are_unchanged(run, blog, monkeypatch):
    put_first(monkeypatch)
    monkeypatch.setenv("BLOG_PASSWORD", "canary-acme")
    run("init", "--tenant", "acme")
    run(
        *("install", "wordpress", "--name", "blog", "--tenant", "acme"),
        *("--set", "site_url=https://a.example.com", "--set", "username=a"),
        *("--secret", "application_password=env:BLOG_PASSWORD"),
    )
    put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    assert run(*GET, "--tenant", "acme").out == "canary-acme\n"


def test_tokens_refreshed_during_a_rotation_are_saved(ws, monkeypatch):
    """A refresh is in progress while the key rotates; its tokens are saved."""
    auth = {"client_secret": "s", "access_token": "canary-old", "refresh_token": "r1"}
    install_connector(ws, Wanted("twitter", "x", {"client_id": "c"}, auth))
    with ws.store.transaction() as db:
        found = token_store.open_connector(ws, db, "x")
    put_first(monkeypatch)
    rotating = Workspace(Settings(os.environ))
    rotation.rotate(rotating)
    granted = TokenResponse(auth={"access_token": "canary-new", "refresh_token": "r2"})
    refresh._save(rotating, found, granted)
    with rotating.store.transaction() as db:
        assert token_store.open_connector(rotating, db, "x").auth["access_token"] == "canary-new"
    rotating.close()


@pytest.mark.sqlite
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_concurrent_rotations_are_complete_or_refused(run, blog, monkeypatch):
    for _ in range(4):
        put_first(monkeypatch)

    def rotate() -> int:
        return main(["key", "rotate"])

    codes = together([rotate] * 4)
    assert set(codes) <= {0, 6}
    assert 0 in codes
    with database() as db:
        found = Counter(state for (state,) in db.execute("SELECT state FROM keys"))
    assert found == {"active": 1, "retiring": codes.count(0)}
    assert run(*GET).out == "canary-password\n"


def test_rotation_can_use_another_source_than_before(run, blog, tmp_path, monkeypatch):
    """For a file and a command, the first unused key is the new one."""
    for kind in ("FILE", "COMMAND"):
        source = list_keys_in(kind, tmp_path, monkeypatch)
        assert run("key", "rotate").code == 0, source
        assert run(*GET).out == "canary-password\n"


def list_keys_in(kind: str, folder, monkeypatch) -> str:
    """Use a file or a command as the source, with a new key before the current ones."""
    file = folder / "keys"
    given = file.read_text() if file.exists() else os.environ[VARIABLE]
    file.write_text(f"{new_key().text},{given}")
    file.chmod(0o600)
    for name in (VARIABLE, f"{VARIABLE}_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{VARIABLE}_{kind}", str(file) if kind == "FILE" else f"cat {file}")
    return kind


@pytest.mark.sqlite
def test_dry_run_reports_and_changes_nothing(run, blog, second, monkeypatch):
    before = states()
    put_first(monkeypatch)
    alter("UPDATE connectors SET config = '{}' WHERE name = 'second'")
    would = json.loads(run("key", "rotate", "--dry-run", "--json").out)
    assert (would["connectors"], would["left"], would["to"]) == (1, ["second"], None)
    assert states() == before
    run("key", "rotate", "--skip-damaged")
    run("remove", "second", "--purge", "--yes")
    old = states()["retiring"]
    assert json.loads(run("key", "prune", "--dry-run", "--json").out)["forgotten"] == [old]
    assert states()["retiring"] == old


def test_dry_run_reports_what_would_stop_it(run, blog, second):
    done = run("key", "rotate", "--dry-run")
    assert (done.code, "rotation needs a new key in" in done.err) == (7, True)


def test_key_command_runs_once_for_all_tenants(run, blog, tmp_path, monkeypatch):
    put_first(monkeypatch)
    assert run("tenant", "create", "acme").code == 0
    fresh = ",".join(new_key().text for _ in range(2))
    held = tmp_path / "keys"
    held.write_text(f"{fresh},{os.environ[VARIABLE]}\n")
    script = tmp_path / "give.sh"
    script.write_text(f"#!/bin/sh\necho . >> {tmp_path}/calls\ncat {held}\n")
    script.chmod(0o700)
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv(f"{VARIABLE}_COMMAND", str(script))
    assert run("key", "rotate", "--all").code == 0
    assert (tmp_path / "calls").read_text().split() == ["."]
    assert run("doctor").code == 0
    assert (tmp_path / "calls").read_text().split() == ["."] * 2


def test_dry_run_for_all_tenants_counts_unused_keys(run, blog, monkeypatch):
    put_first(monkeypatch)
    assert run("tenant", "create", "acme").code == 0
    put_first(monkeypatch)
    done = run("key", "rotate", "--all", "--dry-run", "--json")
    found = json.loads(done.out)
    assert [row["tenant"] for row in found["tenants"]] == ["acme"]
    assert "rotation needs a new key in" in found["problems"][0]["message"]
    assert done.code == run("key", "rotate", "--all", "--json").code == 1
