"""The commands `member ...`: members, roles and the last owner."""

import getpass
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

ME = getpass.getuser()


def sql(statement: str) -> list:
    path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(statement).fetchall()


@pytest.mark.sqlite
def test_members_are_added_listed_changed_and_removed(run, blog):
    assert run("member", "add", "bob", "--role", "viewer").code == 0
    assert run("member", "list").out == f"bob\tviewer\n{ME}\towner\n"
    assert run("member", "role", "bob", "admin").code == 0
    listed = json.loads(run("member", "list", "--json").out)
    assert [list(row) for row in listed] == [["principal", "role", "created_at"]] * 2
    assert listed[0]["role"] == "admin"
    assert run("member", "role", "bob", "--role", "member").code == 0
    assert json.loads(run("member", "list", "--json").out)[0]["role"] == "member"
    assert run("member", "remove", "bob").code == 0
    assert run("member", "list", "-o", "names").code == 0
    assert run("member", "list").out == f"{ME}\towner\n"
    assert [row[0] for row in sql("SELECT action FROM events WHERE subject = 'bob'")] == [
        *("member.add", "member.role", "member.role", "member.remove")
    ]


def test_the_same_again_is_unchanged_and_another_role_a_conflict(run, blog):
    add = ("member", "add", "bob", "--role")
    assert run(*add, "viewer").code == 0
    assert json.loads(run(*add, "viewer", "--json").out)["change"] == "unchanged"
    assert run(*add, "admin").code == 6
    assert json.loads(run("member", "role", "bob", "viewer", "--json").out)["change"] == "unchanged"


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("add", "bob", "--role", "chef"), 2),
        (("add", "bob"), 2),
        (("add", "", "--role", "viewer"), 3),
        (("add", " bob", "--role", "viewer"), 3),
        (("add", "b\x1bob", "--role", "viewer"), 3),
        (("add", "b" * 256, "--role", "viewer"), 3),
        (("role", "nobody", "admin"), 5),
        (("remove", "nobody"), 5),
        (("role", ME, "chef"), 2),
        (("role", ME, "--role", "chef"), 2),
        (("role", ME), 2),
        (("role", ME, "admin", "--role", "admin"), 2),
    ],
)
def test_what_makes_no_sense_is_refused(run, blog, line, code):
    assert run("member", *line).code == code
    assert run("member", "list").out == f"{ME}\towner\n"


@pytest.mark.sqlite
@pytest.mark.parametrize("line", [("remove", ME), ("role", ME, "admin")])
def test_the_last_owner_stays(run, blog, line):
    done = run("member", *line, "--json")
    assert done.code == 6
    assert "is the last owner of default" in json.loads(done.err)["error"]["message"]
    assert run("member", "add", "bob", "--role", "owner").code == 0
    assert run("member", *line).code == 0
    assert run("member", "remove", "bob").code in {4, 5}


def test_people_see_dry_run_only_for_a_dry_run(run, blog):
    done = run("member", "add", "bob", "--role", "viewer", "-o", "table", "-n")
    assert "dry_run    yes" in done.out
    assert "dry_run" not in run("member", "add", "bob", "--role", "viewer", "-o", "table").out
    assert json.loads(run("member", "remove", "bob", "--json").out)["dry_run"] is False


@pytest.mark.sqlite
def test_a_dry_run_changes_no_member(run, blog):
    assert run("member", "add", "bob", "--role", "viewer", "-n").code == 0
    assert run("member", "remove", "bob", "-n").code == 5
    assert run("member", "list").out == f"{ME}\towner\n"
