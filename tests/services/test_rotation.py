"""Rotation: every value under the new key, whatever stands in the way; old keys only when free."""

import json
import os
import socket
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from processes import together

from connectors_cli import grants, refreshing, rotation
from connectors_cli.__main__ import main
from connectors_cli.oauth import Granted
from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.settings import Settings
from connectors_cli.vault import Vault, new_key
from connectors_cli.workspace import Workspace

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
    """Put a new key before the ones that are given; return it."""
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


def test_after_a_rotation_the_new_key_alone_opens_everything(run, blog, monkeypatch):
    key = put_first(monkeypatch)
    done = json.loads(run("key", "rotate", "--json").out)
    assert (done["connectors"], done["values"], done["left"]) == (1, 2, [])
    monkeypatch.setenv(VARIABLE, key)
    assert run(*GET).out == "canary-password\n"
    assert run("edit", "blog", "--set", "site_url=https://new.example.com").code == 0


def test_old_tokens_are_nowhere_in_the_stores_files(run, blog, monkeypatch):
    with database() as db:
        old = list(json.loads(db.execute("SELECT auth FROM connectors").fetchone()[0]).values())
    put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    home = os.environ["CONNECTORS_HOME"]
    for name in os.listdir(home):
        with open(os.path.join(home, name), "rb") as file:
            data = file.read()
        assert not [token for token in old if token.encode() in data], name


def test_removed_connectors_and_webhooks_are_resealed_too(run, blog, second, monkeypatch):
    run("remove", "second")
    vault = Vault(_key(os.environ[VARIABLE]))
    secret = vault.seal(("default", "w1", "secret"), "canary-hook")
    alter(
        "INSERT INTO webhooks VALUES ('w1', 'default', 'hook', 'https://x', '[]', ?, ?, 'active',"
        " 'a@b', '2026-01-01')",
        secret,
        vault.key.id,
    )
    key = put_first(monkeypatch)
    assert json.loads(run("key", "rotate", "--json").out)["values"] == 5
    monkeypatch.setenv(VARIABLE, key)
    assert run("restore", "second").code == 0
    assert run("get", "second", "application_password", "--reveal").out == "canary-second\n"
    with database() as db:
        token, key_id = db.execute("SELECT secret, key_id FROM webhooks").fetchone()
    opened = Vault(_key(key))
    assert key_id == opened.key.id
    assert opened.open(("default", "w1", "secret"), token) == "canary-hook"


def test_every_column_that_names_a_key_is_counted():
    from connectors_cli import key_rows
    from connectors_cli.tables import SQLModel

    named = {
        (table.name, column.name)
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("key_id")
    }
    heads = {("log_heads", "seal_key_id")}  # what the last of its events has
    assert named - heads == set(key_rows.SEALED.items())
    assert set(key_rows.NEEDING) < set(key_rows.SEALED)


def test_a_key_that_only_a_webhook_needs_is_neither_pruned_nor_left_out(
    run, blog, monkeypatch, tmp_path
):
    old = _key(os.environ[VARIABLE])
    key = put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    alter(
        "INSERT INTO webhooks VALUES ('w1', 'default', 'hook', 'https://x', '[]', ?, ?, 'active',"
        " 'a@b', '2026-01-01')",
        Vault(old).seal(("default", "w1", "secret"), "canary-hook"),
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
    from connectors_cli.keys import parse_key

    return parse_key(text, "test")


def test_a_list_without_an_unused_key_says_how_to_make_one(run, blog):
    done = run("key", "rotate")
    assert done.code == 7
    assert "no key that is unused" in done.err
    assert f'export {VARIABLE}="$(connectors key generate),${VARIABLE}"' in done.err


def test_a_key_that_was_retired_is_not_taken_again(run, blog, monkeypatch):
    first = os.environ[VARIABLE]
    second_key = put_first(monkeypatch)
    run("key", "rotate")
    run("key", "prune", "--yes")
    monkeypatch.setenv(VARIABLE, f"{first},{second_key}")
    done = run("key", "rotate")
    assert done.code == 7
    assert "no key that is unused" in done.err


def test_prune_forgets_what_nothing_needs_and_says_what_to_take_out(run, blog, monkeypatch):
    put_first(monkeypatch)
    run("key", "rotate")
    old = states()["retiring"]
    asked = run("key", "prune")
    assert asked.code == 2
    assert states()["retiring"] == old
    done = run("key", "prune", "--yes")
    assert done.code == 0
    assert f"take key {old} (number 2) out of {VARIABLE}" in done.err
    assert states()["retired"] == old


def test_what_does_not_open_is_named_and_nothing_is_changed(run, blog, second, monkeypatch):
    alter("UPDATE connectors SET config = '{}' WHERE name = 'second'")
    put_first(monkeypatch)
    before = states()["active"]
    done = run("key", "rotate")
    assert done.code == 7
    assert "second" in done.err
    assert "blog" not in done.err
    assert states()["active"] == before
    assert run(*GET).out == "canary-password\n"


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
def test_skipped_damage_stays_under_the_old_key_which_is_kept(
    run, blog, second, monkeypatch, damage
):
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


@pytest.mark.parametrize("seconds", [30, 500])
def test_a_rotation_that_runs_refuses_a_second_one(run, blog, monkeypatch, seconds):
    put_first(monkeypatch)
    alter(
        "INSERT INTO leases VALUES ('rotate:default', ?, ?)",
        f"{socket.gethostname()[:60]}:{os.getppid()}:x",
        soon(seconds),
    )
    done = run("key", "rotate")
    assert done.code == 6
    assert f"by pid {os.getppid()} is in progress" in done.err
    assert "pending" not in states()


@pytest.mark.parametrize(
    ("holder", "until"),
    [
        ("elsewhere:1:x", "2001-01-01T00:00:00.000000Z"),
        ("elsewhere:1:x", "2901-01-01T00:00:00.000000Z"),
        ("{here}:{gone}:x", None),
        ("{here}:{own}:x", None),  # of a container before, which was killed
    ],
)
def test_a_lease_that_ran_out_or_whose_process_ended_is_taken_over(
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


def test_a_pending_key_that_is_in_its_source_is_used(run, blog, monkeypatch):
    key = put_first(monkeypatch)
    pending = _key(key).id
    put_first(monkeypatch)  # and before it another one, which is not taken
    alter(
        "INSERT INTO keys VALUES (?, 'default', 'pending', '2026-01-01T00:00:00.000000Z')", pending
    )
    assert run("key", "rotate").code == 0
    assert states()["active"] == pending


def test_a_pending_key_that_is_gone_is_dropped(run, blog, monkeypatch):
    alter(
        "INSERT INTO keys VALUES ('0123456789abcdef', 'default', 'pending',"
        " '2026-01-01T00:00:00.000000Z')"
    )
    key = put_first(monkeypatch)
    assert run("key", "rotate").code == 0
    assert states()["active"] == _key(key).id
    assert "pending" not in states()


def test_every_tenant_gets_a_key_of_its_own(run, blog, monkeypatch):
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


def test_only_an_owner_rotates(run, blog, monkeypatch):
    put_first(monkeypatch)
    alter("UPDATE members SET role = 'admin'")
    done = run("key", "rotate")
    assert done.code == 4
    with database() as db:
        assert db.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)
        last = db.execute("SELECT action, outcome FROM events ORDER BY id DESC").fetchone()
    assert last == ("key.rotate", "not_permitted")


def test_a_lost_key_is_said_and_not_replaced(run, blog, monkeypatch):
    monkeypatch.setenv(VARIABLE, f"{new_key().text},{new_key().text}")
    done = run("key", "rotate")
    assert done.code == 7
    assert "credentials reset --all" in done.err
    assert "pending" in states()


def test_key_status_counts_what_each_key_seals(run, blog, second, monkeypatch):
    run("remove", "second")
    (found,) = json.loads(run("key", "status", "--json").out)["keys"]
    assert (found["connectors"], found["webhooks"]) == (2, 0)


def test_another_tenants_rows_stay_as_they_are(run, blog, monkeypatch):
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


def test_tokens_that_a_rotation_overtakes_are_saved_all_the_same(ws, monkeypatch):
    """A refresh asks the service while the key rotates: what it was granted counts."""
    auth = {"client_secret": "s", "access_token": "canary-old", "refresh_token": "r1"}
    install_connector(ws, Wanted("twitter", "x", {"client_id": "c"}, auth))
    with ws.store.transaction() as session:
        found = grants.opened(ws, session, "x")
    put_first(monkeypatch)
    rotating = Workspace(Settings(os.environ))
    rotation.rotate(rotating)
    granted = Granted(auth={"access_token": "canary-new", "refresh_token": "r2"})
    refreshing._save(rotating, found, granted)
    with rotating.store.transaction() as session:
        assert grants.opened(rotating, session, "x").auth["access_token"] == "canary-new"
    rotating.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_of_rotations_at_once_each_is_whole_or_refused(run, blog, monkeypatch):
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


def test_another_source_than_before_can_be_rotated_to(run, blog, tmp_path, monkeypatch):
    """A file, and a command: what they list first and nobody uses is the new key."""
    for kind in ("FILE", "COMMAND"):
        source = list_keys_in(kind, tmp_path, monkeypatch)
        assert run("key", "rotate").code == 0, source
        assert run(*GET).out == "canary-password\n"


def list_keys_in(kind: str, folder, monkeypatch) -> str:
    """Make a file or a command the source, with a new key before what was given."""
    file = folder / "keys"
    given = file.read_text() if file.exists() else os.environ[VARIABLE]
    file.write_text(f"{new_key().text},{given}")
    file.chmod(0o600)
    for name in (VARIABLE, f"{VARIABLE}_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{VARIABLE}_{kind}", str(file) if kind == "FILE" else f"cat {file}")
    return kind


def test_a_dry_run_says_what_would_be_done_and_does_nothing(run, blog, second, monkeypatch):
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


def test_a_dry_run_says_what_would_stop_it(run, blog, second):
    done = run("key", "rotate", "--dry-run")
    assert (done.code, "holds no key that is unused yet" in done.err) == (7, True)


def test_for_all_tenants_a_command_that_holds_the_keys_is_run_once(
    run, blog, tmp_path, monkeypatch
):
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


def test_a_dry_run_for_all_tenants_counts_the_keys_that_are_free(run, blog, monkeypatch):
    put_first(monkeypatch)
    assert run("tenant", "create", "acme").code == 0
    put_first(monkeypatch)
    done = run("key", "rotate", "--all", "--dry-run", "--json")
    found = json.loads(done.out)
    assert [row["tenant"] for row in found["tenants"]] == ["acme"]
    assert "holds no key that is unused yet" in found["problems"][0]["message"]
    assert done.code == run("key", "rotate", "--all", "--json").code == 1
