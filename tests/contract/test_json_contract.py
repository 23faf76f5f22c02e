"""The JSON of every command, in a pipe and at a terminal: fields, batches, errors, exit codes."""

import json
import os
import sqlite3
from contextlib import closing

import pytest

from connectors_cli.errors import EXIT_CODES
from connectors_cli.vault.seal import new_key

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
CONNECTOR = [
    *("id", "tenant_id", "name", "catalog_key", "status", "config", "auth_configured"),
    *("auth_fields", "auth_expires_at", "capabilities", "tags", "version", "last_check"),
    *("created_at", "created_by_email", "updated_at", "updated_by_email"),
]
REMOVED = [*CONNECTOR, "deleted_at", "deleted_by_email"]
CATALOG = [
    *("key", "name", "description", "category", "icon", "auth_type", "capabilities"),
    *("lifecycle", "notice", "source", "id"),
]
CHANGE = [*CONNECTOR, "change", "dry_run", "changed_fields", "notes"]
INSTALL = (
    *("install", "wordpress", "--set", "site_url=https://b.example", "--set", "username=al"),
    *("--secret", "application_password=env:BLOG_PASSWORD"),
)
READS = [
    (("targets",), list, CONNECTOR),
    (("list",), list, CONNECTOR),
    (("list", "--removed"), list, REMOVED),
    (("catalog",), list, CATALOG),
    (("catalog", "list"), list, CATALOG),
    (("catalog", "-q", "word"), list, CATALOG),
    (("show", "blog"), dict, CONNECTOR),
    (
        ("catalog", "show", "wordpress"),
        dict,
        [*CATALOG[:9], "docs_url", "aliases", "source", "setup", "fields"],
    ),
    (
        ("whoami",),
        dict,
        [
            *("principal", "email", "name", "tenant", "role", "store", "store_exists"),
            "tenant_from",
        ],
    ),
    (
        ("key", "status"),
        dict,
        ["tenant", "source", "backend", "keys", "problem", "elsewhere", "last_hash"],
    ),
    (
        ("key", "rotate", "--dry-run"),
        dict,
        ["tenant", "from", "to", "connectors", "values", "left"],
    ),
    (("key", "prune", "--dry-run"), dict, ["tenant", "forgotten"]),
    (
        ("credentials", "reset", "--all", "--dry-run"),
        dict,
        ["tenant", "lost_key", "new_key", "reset", "altered"],
    ),
    (("init",), dict, ["store", "tenant", "key_id", "key_source", "created"]),
    (("get", "blog", "site_url"), dict, ["name", "field", "value"]),
    (
        ("get", "blog", "application_password", "--reveal"),
        dict,
        ["name", "field", "value"],
    ),
    (("validate", "blog"), dict, ["name", "catalog_key", "error_count", "fields"]),
    (("validate", "--all"), dict, ["results", "summary"]),
    (("edit", "blog", "--tag", "new"), dict, CHANGE),
    ((*INSTALL, "--name", "second"), dict, CHANGE),
    ((*INSTALL, "--name", "third", "--dry-run"), dict, CHANGE),
    (("remove", "blog"), dict, ["results", "summary"]),
]
ERRORS = [
    (("nonsense",), 2, "usage"),
    (("list", "--nonsense"), 2, "usage"),
    (("show",), 2, "usage"),
    (("list", "--fields", "nonsense"), 2, "usage"),
    (("list", "--tenant", "Not A Slug"), 2, "usage"),
    (("get", "blog", "application_password"), 2, "usage"),
    (("install",), 2, "input_needed"),
    (("install", "wordpress"), 2, "input_needed"),
    (("edit", "blog"), 2, "input_needed"),
    (("remove", "blog", "--purge"), 2, "input_needed"),
    (("edit", "blog", "--set", "site_url=nowhere"), 3, "invalid"),
    (("show", "nobody"), 5, "not_found"),
    (("install", "nothing-like-it"), 5, "not_found"),
    (("list", "-t", "nobody"), 5, "not_found"),
    (("get", "blog", "nothing"), 5, "not_found"),
    (("restore", "nobody"), 5, "not_found"),
    (("targets", "--require", "9"), 5, "not_found"),
    (("help", "nothing"), 2, "usage"),
    ((*INSTALL, "--name", "blog"), 6, "conflict"),
    (("edit", "blog", "--tag", "x", "--if-version", "9"), 6, "conflict"),
]


def ids(value):
    return " ".join(value) if isinstance(value, tuple) else None


@pytest.fixture
def removed(run, blog, monkeypatch):
    """A second connector, removed; and a key that a rotation could take."""
    monkeypatch.setenv(VARIABLE, f"{os.environ[VARIABLE]},{new_key().text}")
    assert run(*INSTALL, "--name", "gone").code == 0
    assert run("remove", "gone").code == 0
    return "gone"


@pytest.mark.parametrize(("line", "kind", "fields"), READS, ids=ids)
def test_the_json_of_a_command_has_these_fields(run, removed, line, kind, fields):
    done = run(*line, "--json")
    assert done.code == 0, done.err
    whole = json.loads(done.out)
    assert isinstance(whole, kind)
    assert list((whole if kind is dict else whole[0]).keys()) == fields


@pytest.mark.parametrize(
    "line", [line for line, *_ in READS if line[0] not in {"install", "remove"}], ids=ids
)
def test_global_option_is_accepted_before_or_after_the_command(run, removed, line):
    after = run(*line, "--json")
    before = run("--json", *line)
    assert (after.code, before.code) == (0, 0)
    assert json.loads(before.out).__class__ is json.loads(after.out).__class__
    if line[0] not in {"edit", "init"}:
        assert before.out == after.out == run("-o", "json", *line).out


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        *(
            ("targets",),
            ("list",),
            ("catalog",),
            ("show", "blog"),
            ("whoami",),
            ("validate", "blog"),
        ),
        ("edit", "blog", "--tag", "new"),
        ("get", "blog", "site_url"),
    ],
    ids=ids,
)
def test_json_is_the_same_at_a_terminal(terminal, spawn, blog, line):
    shown = terminal(*line, "--json", columns=40)
    assert shown.code == 0
    assert "\x1b" not in shown.out
    if line[0] == "edit":
        assert list(json.loads(shown.out)) == CHANGE
    else:
        assert shown.out == spawn(*line, "--json").out


@pytest.mark.parametrize(("line", "code", "name"), ERRORS, ids=ids)
@pytest.mark.parametrize("output", [("--json",), ("-o", "jsonl"), ("--output=json",)], ids=ids)
def test_an_error_is_one_object_on_standard_error(run, blog, line, code, name, output):
    done = run(*line, *output)
    assert (done.code, done.out) == (code, "")
    error = json.loads(done.err)["error"]
    assert list(error) == ["code", "exit_code", "message", "details", "hint"]
    assert (error["code"], error["exit_code"]) == (name, code)
    assert not error["message"].endswith(".")
    assert all(list(problem) == ["path", "message"] for problem in error["details"])


@pytest.mark.parametrize(("line", "code", "name"), ERRORS[:3] + ERRORS[10:12], ids=ids)
def test_error_for_people_says_the_same(run, blog, line, code, name):
    done = run(*line)
    said = json.loads(run(*line, "--json").err)["error"]
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"error: {said['message']}\n")
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "line",
    [("show", "nobody"), ("install", "wordpress"), ("list", "--nonsense")],
    ids=ids,
)
def test_an_error_at_a_terminal_is_an_object_too(terminal, blog, line):
    done = terminal(*line, "--json", "--no-input")
    assert done.out == ""
    assert json.loads(done.err)["error"]["exit_code"] == done.code


@pytest.mark.parametrize(
    "line",
    [
        ["install", "medium", "-N", "m", "-S", "integration_token=env:HOME"],  # its notice
        ["restore", "--from", "{backup}"],  # what the backup holds
        ["credentials", "accept", "blog"],  # what the connector holds
    ],
)
def test_json_error_is_alone_on_standard_error(run, blog, tmp_path, line):
    assert run("backup", tmp_path / "b.db").code == 0
    with closing(sqlite3.connect(os.environ["CONNECTORS_HOME"] + "/store.db")) as db, db:
        db.execute("UPDATE connectors SET config = replace(config, 'blog.', 'other.')")
    words = [word.format(backup=tmp_path / "b.db") for word in line]
    said = run(*words).err
    done = run(*words, "--json")
    assert (done.code, done.out) == (2, "")
    assert json.loads(done.err)["error"]["message"] in said
    assert len(said.splitlines()) > 2


def test_a_wrong_key_is_7(run, blog, monkeypatch):
    monkeypatch.delenv("CONNECTOR_AUTH_ENCRYPTION_KEY")
    for line in (("get", blog, "username", "--reveal"), ("edit", blog, "--set", "username=b")):
        done = run(*line, "--json")
        assert (done.code, done.out) == (7, "")
        assert json.loads(done.err)["error"]["code"] == "key"


def test_a_batch_has_results_and_a_summary(run, blog):
    assert run(*INSTALL, "--name", "second").code == 0
    done = run("remove", "blog", "second", "--json")
    whole = json.loads(done.out)
    assert done.code == 0
    assert whole["summary"] == {"total": 2, "ok": 2, "failed": 0}
    assert [one["change"] for one in whole["results"]] == ["removed", "removed"]


def test_a_batch_that_fails_in_part_says_which_and_exits_with_the_reason(run, blog):
    done = run("remove", "blog", "nobody", "--json")
    failed = json.loads(done.out)["results"][1]
    assert done.code == 5
    assert json.loads(done.out)["summary"] == {"total": 2, "ok": 1, "failed": 1}
    assert (failed["name"], failed["error"]["code"]) == ("nobody", "not_found")


def test_a_batch_that_fails_for_one_reason_exits_with_its_code(run, blog):
    assert run("remove", "nobody", "neither", "--json").code == 5


def test_no_connectors_are_an_empty_list(run, ws):
    assert json.loads(run("list", "--json").out) == []
    assert run("list", "-o", "jsonl").out == ""
    assert json.loads(run("targets", "--json").out) == []


def test_no_store_is_an_empty_list_and_no_file(run, tmp_path):
    for line in (("list",), ("targets",), ("list", "--removed")):
        done = run(*line, "--json")
        assert (done.code, json.loads(done.out)) == (0, [])
    assert not (tmp_path / "home").exists()


def test_what_did_not_change_says_so(run, blog):
    assert json.loads(run("edit", blog, "--tag", "prod", "--json").out)["change"] == "unchanged"
    assert json.loads(run(*INSTALL, "--name", blog, "--if-not-exists", "--json").out)["change"] == (
        "unchanged"
    )


def test_a_secret_has_no_values_among_what_changed(run, blog, monkeypatch):
    monkeypatch.setenv("NEW", "canary-new-password")
    done = run("edit", blog, "--secret", "application_password=env:NEW", "--json")
    (changed,) = json.loads(done.out)["changed_fields"]
    assert changed == {
        "field": "application_password",
        "secret": True,
        "before": None,
        "after": None,
    }
    assert "canary" not in done.out + done.err


def test_a_removed_connector_is_shown_restored(run, removed):
    done = run("restore", removed, "--json")
    assert list(json.loads(done.out)) == CHANGE
    assert json.loads(done.out)["change"] == "restored"


def test_first_use_notes_the_created_store_on_standard_error(run, monkeypatch):
    monkeypatch.setenv("BLOG_PASSWORD", "canary-password")
    done = run(*INSTALL, "--json")
    assert json.loads(done.out)["change"] == "installed"
    assert done.err.count("\n") == 1
    assert "created the store" in done.err
    assert run(*INSTALL, "--json", "--name", "x", "--quiet").err == ""


def test_text_stays_text(run, blog):
    assert json.loads(run("catalog", "schema", "wordpress", "--json").out).keys() == {
        "config",
        "auth",
    }
    assert json.loads(run("catalog", "example", "wordpress", "--json").out)["type"] == "wordpress"


def test_every_exit_code_is_documented(run):
    assert {code for _, code, _ in ERRORS} <= {code for code, _ in EXIT_CODES}
