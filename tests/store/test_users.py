"""Members of a store's file are told apart by number: a name can pass to another user."""

import json
import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.store.read.database import os_user

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(not hasattr(os, "getuid"), reason="needs numbers of users"),
]


def known() -> dict[str, str]:
    with closing(sqlite3.connect(store())) as db:
        rows = db.execute("SELECT key, value FROM store_meta WHERE key LIKE 'uid:%'")
        return {key.rpartition(":")[2]: value for key, value in rows}


def store() -> Path:
    return Path(os.environ["CONNECTORS_HOME"]) / "store.db"


def become(number: int, name: str | None = None) -> None:
    """Let the store know its user by another number, or by another name."""
    with closing(sqlite3.connect(store())) as db, db:
        own = f":{os.getuid()}"
        sql = "UPDATE store_meta SET key = replace(key, ?, ?) WHERE key LIKE 'uid:%'"
        db.execute(sql, (own, f":{number}"))
        if name is not None:
            for table in ("members", "events"):
                db.execute(f"UPDATE {table} SET principal = ?", (name,))
            db.execute("UPDATE store_meta SET value = ? WHERE key LIKE 'uid:%'", (name,))


def test_new_store_knows_its_user_by_number(run, blog):
    assert known() == {str(os.getuid()): os_user()}


@pytest.mark.parametrize(
    "line",
    [
        ("list",),
        ("get", "blog", "username", "--reveal"),
        ("edit", "blog", "--tag", "x"),
        ("run", "blog", "--", "true"),
        ("member", "add", "bob", "--role", "owner"),
        ("backup", "copy.db"),
        ("tenant", "create", "acme"),
        ("list", "-t", "nosuch"),
    ],
    ids=" ".join,
)
def test_another_user_of_the_same_name_is_no_member(run, blog, line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    become(4242)
    done = run(*line)
    assert (done.code, done.out) == (1, ""), done.err
    assert f"{os_user()} is another user here" in done.err
    assert known() == {"4242": os_user()}


def test_user_who_was_renamed_stays_a_member(run, blog):
    become(os.getuid(), "former")
    assert run("edit", "blog", "--tag", "x").code == 0
    who = json.loads(run("whoami", "--json").out)
    assert (who["principal"], who["role"]) == ("former", "owner")
    done = run("member", "add", os_user(), "--role", "admin")
    assert (done.code, "is known here as former" in done.err) == (6, True)


def test_store_of_another_machine_knows_its_users_by_name(run, blog):
    with closing(sqlite3.connect(store())) as db, db:
        db.execute("UPDATE store_meta SET key = 'uid:00000000:4242' WHERE key LIKE 'uid:%'")
    assert run("edit", "blog", "--tag", "x").code == 0
    assert known() == {"4242": os_user(), str(os.getuid()): os_user()}


def test_store_of_an_older_program_learns_the_number_with_the_next_change(run, blog):
    with closing(sqlite3.connect(store())) as db, db:
        db.execute("DELETE FROM store_meta WHERE key LIKE 'uid:%'")
    assert run("list").code == 0
    assert known() == {}
    assert run("get", "blog", "username", "--reveal").code == 0
    assert known() == {str(os.getuid()): os_user()}


def test_member_who_is_added_is_known_by_number_until_removed_everywhere(run, blog):
    other = next(each for each in pwd.getpwall() if each.pw_uid not in {os.getuid(), 0})
    own = {str(os.getuid()): os_user()}
    assert run("member", "add", other.pw_name, "--role", "viewer").code == 0
    assert known() == {**own, str(other.pw_uid): other.pw_name}
    assert run("member", "remove", other.pw_name).code == 0
    assert known() == own


def test_name_of_a_member_that_passed_to_another_user_is_not_added(run, blog):
    other = next(each for each in pwd.getpwall() if each.pw_uid not in {os.getuid(), 0})
    assert run("member", "add", other.pw_name, "--role", "viewer").code == 0
    with closing(sqlite3.connect(store())) as db, db:
        sql = "UPDATE store_meta SET key = key || '99' WHERE value = ?"
        db.execute(sql, (other.pw_name,))
    done = run("member", "add", other.pw_name, "--role", "viewer")
    assert (done.code, "was another user" in done.err) == (6, True)
    assert run("member", "remove", other.pw_name).code == 0
    assert run("member", "add", other.pw_name, "--role", "viewer").code == 0
