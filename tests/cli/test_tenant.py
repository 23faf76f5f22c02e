"""The commands `tenant ...`: created, selected, removed, restored and purged."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli.vault.seal import new_key

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
TENANT = ["name", "role", "connectors", "created_at", "key_id", "current"]


@pytest.fixture
def acme(run, blog, monkeypatch) -> str:
    """A second tenant, with a connector `news` and a preset in it; the first has `blog`."""
    monkeypatch.setenv(KEY, f"{os.environ[KEY]},{new_key().text}")
    assert run("tenant", "create", "acme").code == 0
    news = ("install", "medium", "-N", "news", "-S", "integration_token=cmd:echo token")
    assert run(*news, "--yes", "--tag", "canary-acme", "-t", "acme").code == 0
    assert run("preset", "save", "house", "--from", "news", "-t", "acme").code == 0
    return "acme"


def rows(sql: str, *parameters: object) -> list:
    path = Path(os.environ["CONNECTORS_HOME"]) / "store.db"
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, parameters).fetchall()


@pytest.mark.sqlite
def test_a_tenant_is_made_with_its_own_key_and_owner(run, acme):
    listed = json.loads(run("tenant", "list", "--json").out)
    assert [list(row) for row in listed] == [TENANT, TENANT]
    assert [(row["name"], row["role"], row["connectors"], row["current"]) for row in listed] == [
        ("acme", "owner", 1, False),
        ("default", "owner", 1, True),
    ]
    assert listed[0]["key_id"] != listed[1]["key_id"]
    assert rows("SELECT action, subject FROM events WHERE tenant_id = 'acme'")[0] == (
        "tenant.create",
        "acme",
    )


def test_the_first_tenant_is_made_with_its_store(run):
    assert run("tenant", "list", "--json").out == "[]\n"
    made = json.loads(run("tenant", "create", "acme", "--json").out)
    assert (made["tenant"], made["change"]) == ("acme", "created")
    assert run("tenant", "list", "-o", "names").out == "acme\n"
    assert run("list").code == 5


@pytest.mark.parametrize("name", ["acme", "default"])
def test_a_name_that_is_taken_is_a_conflict(run, acme, name):
    assert run("tenant", "create", name).code == 6
    assert run("tenant", "remove", "acme", "--confirm", "acme").code == 0
    assert run("tenant", "create", name).code == 6


def test_without_an_unused_key_no_tenant_is_made(run, blog):
    assert run("tenant", "create", "acme").code == 7
    assert run("tenant", "list", "-o", "names").out == "default\n"


@pytest.mark.sqlite
def test_dry_run_creates_and_removes_no_tenant(run, acme):
    before = rows("SELECT COUNT(*) FROM events")
    assert json.loads(run("tenant", "create", "other", "-n", "--json").out)["dry_run"]
    assert run("tenant", "remove", "acme", "-n").code == 0
    assert run("tenant", "remove", "acme", "--purge", "-n").code == 0
    assert run("tenant", "list", "-o", "names").out == "acme\ndefault\n"
    assert rows("SELECT COUNT(*) FROM events") == before


def test_option_and_variable_override_the_selected_tenant(run, acme, monkeypatch):
    assert run("tenant", "use", "acme").code == 0
    path = Path(os.environ["CONNECTORS_HOME"]) / "config.toml"
    assert path.read_text() == 'tenant = "acme"\n'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("list", "-o", "names").out == "news\n"
    assert run("list", "-o", "names", "-t", "default").out == "blog\n"
    monkeypatch.setenv("CONNECTORS_TENANT", "default")
    assert run("list", "-o", "names").out == "blog\n"
    assert run("list", "-o", "names", "-t", "acme").out == "news\n"
    who = [json.loads(run("whoami", "--json", *more).out) for more in ((), ("-t", "acme"))]
    assert [(one["tenant"], one["tenant_from"]) for one in who] == [
        ("default", "CONNECTORS_TENANT"),
        ("acme", "--tenant"),
    ]


def test_unknown_tenant_cannot_be_selected(run, acme):
    assert run("tenant", "use", "nobody").code == 5
    assert not (Path(os.environ["CONNECTORS_HOME"]) / "config.toml").exists()


@pytest.mark.sqlite
def test_error_names_the_origin_of_the_tenant(run, acme, monkeypatch):
    home = Path(os.environ["CONNECTORS_HOME"])
    (home / "tenant").write_text("gone\n")
    assert "no tenant gone (selected by `connectors tenant use`)" in run("list", "--json").err
    monkeypatch.setenv("CONNECTORS_TENANT", "away")
    assert "no tenant away (from CONNECTORS_TENANT)" in run("show", "blog").err
    assert "no tenant off (from --tenant)" in run("edit", "blog", "-t", "off", "--tag", "x").err
    monkeypatch.delenv("CONNECTORS_TENANT")
    (home / "tenant").write_text("Not A Slug\n")
    assert run("list").code == 2
    assert run("list", "-t", "default").code == 0
    assert run("tenant", "use", "default").code == 0
    assert run("list", "-o", "names").out == "blog\n"


@pytest.mark.sqlite
@pytest.mark.parametrize("kind", ["folder", "link"])
def test_unreadable_selection_is_reported(run, blog, kind):
    path = Path(os.environ["CONNECTORS_HOME"]) / "tenant"
    path.mkdir() if kind == "folder" else path.symlink_to("/etc/hostname")
    done = run("list", "--json")
    assert (done.code, "connectors tenant use" in done.err) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        *(("-t", "", "list"), ("-t", "", "list", "--json"), ("list", "--tenant=")),
        *(("tenant", "use", ""), ("tenant", "show", ""), ("tenant", "restore", "")),
        *(("tenant", "remove", "", "--confirm", ""), ("--store", "", "list", "--json")),
    ],
    ids=" ".join,
)
def test_empty_tenant_name_is_refused(run, blog, line):
    done = run(*line)
    assert (done.code, done.out) == (2, "")


def in_views():
    """The views in which the database itself still has something of acme."""
    views = ("installed_connectors", "publish_targets", "removed_connectors")
    count = "SELECT COUNT(*) FROM {} WHERE tenant_id = 'acme'"
    return {view for view in views if rows(count.format(view)) != [(0,)]}


@pytest.mark.sqlite
def test_removed_tenant_is_hidden_from_every_command(run, acme):
    assert run("tenant", "remove", "acme").code == 2
    assert run("tenant", "remove", "acme", "--yes").code == 2
    assert run("tenant", "remove", "acme", "--confirm", "other").code == 2
    assert run("tenant", "remove", "acme", "--confirm", "acme").code == 0
    unknown = run("list", "-t", "acme").err.replace("acme", "nobody")
    assert unknown == run("list", "-t", "nobody").err
    for line in (
        *(("show", "news"), ("targets",), ("get", "news", "integration_token", "--reveal")),
        *(
            ("edit", "news", "--tag", "x"),
            ("key", "status"),
            ("preset", "list"),
            ("run", "news", "true"),
        ),
        *(("member", "list"), ("tenant", "show", "acme"), ("tenant", "use", "acme")),
        ("tenant", "remove", "acme", "--confirm", "acme"),
    ):
        assert run(*line, "-t", "acme").code == 5, line
    assert run("tenant", "list", "-o", "names").out == "default\n"
    assert run("tenant", "list", "--removed", "-o", "names").out == "acme\n"
    assert in_views() == set()
    assert run("tenant", "restore", "acme").code == 0
    assert in_views() == {"installed_connectors"}
    assert run("get", "news", "integration_token", "--reveal", "-t", "acme").out == "token\n"
    assert run("tenant", "restore", "acme").code == 6


@pytest.mark.sqlite
def test_removed_tenant_is_visible_only_to_its_owner(run, acme):
    assert run("tenant", "remove", "acme", "--confirm", "acme").code == 0
    rows("UPDATE members SET role = 'admin' WHERE tenant_id = 'acme'")
    assert run("tenant", "list", "--removed").out == ""
    assert run("tenant", "restore", "acme").code == 5
    assert run("tenant", "remove", "acme", "--purge", "--confirm", "acme").code == 5


def test_removing_a_tenant_clears_its_selection(run, acme):
    assert run("tenant", "use", "acme").code == 0
    done = run("tenant", "remove", "acme", "--confirm", "acme")
    assert "without --tenant the current one is now default" in done.err
    assert run("list", "-o", "names").out == "blog\n"


@pytest.mark.sqlite
def test_purge_erases_everything_and_leaves_one_event_elsewhere(run, acme):
    store = Path(os.environ["CONNECTORS_HOME"])
    done = run("tenant", "remove", "acme", "--purge", "--confirm", "acme")
    assert done.code == 0
    assert f"remove it by hand from {KEY}" in done.err
    with closing(sqlite3.connect(store / "store.db")) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        left = {
            table
            for table in tables
            if "tenant_id" in [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            and db.execute(f"SELECT 1 FROM {table} WHERE tenant_id = 'acme'").fetchone()
        }
    assert left == set()
    ((tenant, subject, details),) = rows(
        "SELECT tenant_id, subject, details FROM events WHERE action = 'tenant.remove'"
    )
    assert (tenant, subject) == ("default", "acme")
    assert json.loads(details)["connectors"] == 1
    assert json.loads(details)["last_hash"]
    assert all(b"canary-acme" not in file.read_bytes() for file in store.glob("store.db*"))
    assert run("tenant", "restore", "acme").code == 5
    assert run("tenant", "create", "acme").code == 0  # the key is free again
    assert rows("SELECT COUNT(*) FROM events WHERE tenant_id = 'acme'") == [(1,)]


def test_last_tenant_can_be_removed_and_a_new_one_created(run, blog):
    done = run("tenant", "remove", "default", "--purge", "--confirm", "default")
    assert "not recorded" in done.err
    assert run("list").code == 5
    assert run("tenant", "list").code == 0
    assert run("init").code == 0
    assert json.loads(run("list", "--json").out) == []


@pytest.mark.slow
def test_the_name_is_typed_at_a_terminal(acme, tmp_path):
    pexpect = pytest.importorskip("pexpect")
    import sys

    line = ["-m", "connectors_cli", "tenant", "remove", "acme"]
    environ = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
    child = pexpect.spawn(sys.executable, line, env=environ, encoding="utf-8", timeout=30)
    child.expect("Type acme to confirm")
    child.send("acme\r")
    child.expect("removed")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_use_of_an_unknown_tenant_blames_no_option(run, acme):
    refused = run("tenant", "use", "gone")
    assert refused.code == 5
    assert "no tenant gone\n" in refused.err
