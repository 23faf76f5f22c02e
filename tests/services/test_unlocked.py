"""Commands that change nothing hold no write lock: they end while another process has it."""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from connectors_cli.services.connectors import Wanted, install_connector
from connectors_cli.services.validate import validate_connectors
from connectors_cli.store.read import connections
from support.calls import calls

APPLY = ("apply", "-f", "c.json", "--yes")
DRY = [
    ("install", "medium", "-y", "-N", "new", "-S", "integration_token=env:TOKEN"),
    (
        *("install", "wordpress", "-N", "blog", "--upsert", "-s", "site_url=https://b.example"),
        *("-s", "username=bob", "-S", "application_password=env:TOKEN", "--yes"),
    ),
    ("edit", "blog", "--tag", "new"),
    ("edit", "blog", "--rename", "other", "-S", "application_password=env:TOKEN"),
    ("edit", "blog", "--deactivate"),
    ("remove", "blog"),
    ("remove", "blog", "--purge", "--yes"),
    ("restore", "gone"),
    ("credentials", "reset", "blog", "--yes"),
    ("key", "prune", "--yes"),
    APPLY,
]


@pytest.fixture
def stock(run, blog, tmp_path, monkeypatch):
    """A store with a connector and a removed one, and a file that declares another."""
    monkeypatch.setenv("TOKEN", "canary-token")
    monkeypatch.chdir(tmp_path)
    line = ("medium", "-y", "-N", "gone", "-S", "integration_token=env:TOKEN")
    assert run("install", *line).code == 0
    assert run("remove", "gone").code == 0
    auth = {"integration_token": {"env": "TOKEN"}}
    wanted = {"name": "declared", "type": "medium", "auth": auth}
    (tmp_path / "c.json").write_text(json.dumps({"connectors": [wanted]}))
    monkeypatch.setattr(connections, "BUSY_SECONDS", 2)


@contextmanager
def locked() -> Iterator[None]:
    """Hold the write lock, as another process does."""
    path = f"{os.environ['CONNECTORS_HOME']}/store.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("ROLLBACK")


def rows() -> list[tuple]:
    with closing(sqlite3.connect(f"{os.environ['CONNECTORS_HOME']}/store.db")) as db:
        found = db.execute("SELECT * FROM connectors ORDER BY id").fetchall()
        return [*found, *db.execute("SELECT COUNT(*) FROM events")]


@pytest.mark.parametrize("line", DRY, ids=lambda line: " ".join(line[:4]))
def test_a_dry_run_holds_no_lock_and_shows_the_same(run, stock, line):
    before, shown = rows(), run(*line, "--dry-run", "--json")
    assert shown.code == 0, shown.err
    with locked():
        again = run(*line, "--dry-run", "--json")
    assert (again.code, rows()) == (0, before), again.err
    assert without_ids(again.out) == without_ids(shown.out)


def without_ids(text: str) -> str:
    """Return output without what differs from run to run: ids of new connectors, and times."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|T[0-9:.]+Z", "...", text)


@pytest.mark.parametrize("line", [("blog",), ("--all",)], ids=" ".join)
def test_validate_holds_no_lock(run, stock, line):
    with locked():
        done = run("validate", *line)
    assert done.code == 0, done.err


def test_validate_of_many_makes_each_type_ready_once(ws):
    for n in range(21):
        auth = {"username": "alice", "application_password": "canary-password"}
        install_connector(ws, Wanted("wordpress", f"c{n}", {"site_url": "https://a.example"}, auth))
    validate_connectors(ws, None)  # what is loaded once
    one = calls(lambda: validate_connectors(ws, ["c0"]))
    all_of_them = calls(lambda: validate_connectors(ws, None))
    assert (all_of_them - one) / 20 < one / 2


def test_an_apply_that_changes_nothing_holds_the_lock_for_its_entry_alone(run, stock):
    assert run(*APPLY).code == 0
    before = rows()
    with locked():
        done = run(*APPLY, "--dry-run", "--json")
    assert done.code == 0, done.err
    done = run(*APPLY)
    assert (done.code, rows()[:-1]) == (0, before[:-1])
    assert rows()[-1][0] > before[-1][0]  # its entry in the log


def test_an_apply_plans_again_if_others_wrote_while_it_planned(run, stock, monkeypatch):
    from connectors_cli.services.apply.planner import Planner

    steps = Planner.steps

    def interrupted(self, advance):
        found = steps(self, advance)
        monkeypatch.setattr(Planner, "steps", steps)
        assert run("install", *DRY[0][1:4], "Declared", *DRY[0][5:]).code == 0
        return found

    monkeypatch.setattr(Planner, "steps", interrupted)
    done = run(*APPLY)
    assert (done.code, "looks like" in done.err) == (6, True), done.err
