"""What the log says of a use of credentials: what for, which fields, and the reason given."""

import json

import pytest

from connectors_cli.services.api import Connectors

LOGIN = ["application_password", "username"]


@pytest.fixture
def newest(run):
    """Return the newest event, its details by name."""

    def found(*line):
        return json.loads(run("log", "--last", "1", "--json", *line).out)[0]

    return found


USES = [
    (("env", "blog"), "env", LOGIN),
    (("env", "blog", "--only", "username,site_url"), "env", ["username"]),
    (("env", "blog", "--only", "site_url"), "env", None),
    (("get", "blog", "username", "--reveal"), "get", ["username"]),
    (("run", "blog", "--", "true", "--token", "hidden"), "run: true", LOGIN),
    (("run", "blog", "--only", "username", "--", "true"), "run: true", ["username"]),
    (("export", "blog", "--secrets", "plain", "--yes"), "export", LOGIN),
]


@pytest.mark.parametrize(("line", "purpose", "fields"), USES)
def test_an_entry_names_the_purpose_and_the_fields_handed_over(
    run, blog, newest, line, purpose, fields
):
    first, *rest = line
    assert run(first, "--reason", " Weekly post, #42 ", *rest).code == 0
    details = newest()["details"]
    assert (details["for"], details.get("fields")) == (purpose, fields)
    assert details["reason"] == "Weekly post, #42"
    assert "hidden" not in json.dumps(details)


def test_the_program_is_named_as_it_was_typed(run, blog, newest, tmp_path):
    program = tmp_path / "publish it.sh"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    assert run("run", blog, "--", program, "--password=hidden").code == 0
    assert newest()["details"]["for"] == f"run: {program}"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (("run", "blog", "--only", "nothing", "--", "true"), 5),
        (("env", "blog", "--only", "nothing"), 5),
        (("run", "blog", "--", "TOKEN=hidden", "true"), 127),
        (("run", "blog", "--", "./publish.sh --token hidden"), 127),
        (("run", "blog", "--", "/"), 126),
        (("run", "blog", "--prefix", "LD", "--", "true"), 2),
    ],
)
def test_a_use_that_hands_nothing_over_leaves_no_entry(run, blog, newest, line, code):
    before = newest()["id"]
    assert run(*line).code == code
    assert newest()["id"] == before


def test_of_several_connectors_those_without_a_chosen_field_have_no_entry(run, blog):
    run("install", "twitter", "--name", "x", "--set", "client_id=a")
    assert run("env", blog, "x", "--only", "username").code == 0
    found = json.loads(run("log", "--action", "connector.use", "--json").out)
    assert [one["subject"] for one in found] == ["blog"]


def test_a_reason_can_come_from_the_environment_and_the_option_wins(run, blog, newest, monkeypatch):
    monkeypatch.setenv("CONNECTORS_REASON", "nightly job")
    run("env", blog)
    assert newest()["details"]["reason"] == "nightly job"
    run("env", blog, "--reason", "by hand")
    assert newest()["details"]["reason"] == "by hand"
    run("edit", blog, "--tag", "new")
    assert "reason" not in newest()["details"]


@pytest.mark.parametrize(
    "reason", ["", " ", "two\nlines", "a\x1b[31m", "\u202egnp.exe", "x" * 201, "\udcff"]
)
@pytest.mark.parametrize("source", ["option", "variable"])
def test_a_reason_is_one_short_line_of_text(run, blog, newest, monkeypatch, reason, source):
    before = newest()["id"]
    if source == "variable" and reason:
        monkeypatch.setenv("CONNECTORS_REASON", reason)
    done = run("env", blog, *(["--reason", reason] if source == "option" else []))
    assert done.code == (2 if reason or source == "option" else 0)
    assert len(reason) < 3 or reason not in done.err
    monkeypatch.delenv("CONNECTORS_REASON", raising=False)
    assert (newest()["id"] == before) == (done.code == 2)


@pytest.mark.parametrize(
    "line",
    [
        ("env", "blog"),
        ("get", "blog", "username", "--reveal"),
        ("get", "blog", "application_password", "--reveal"),
        ("run", "blog", "--", "true"),
        ("export", "blog", "--secrets", "plain", "--yes"),
        ("test", "blog", "--timeout", "1ms"),
    ],
)
def test_a_reason_with_a_credential_in_it_is_refused_and_not_kept(run, blog, line):
    first, *rest = line
    reason = "use canary-password for it"
    done = run(first, "--reason", reason, *rest)
    if line[2:3] == ("username",):  # that credential was not opened
        assert done.code == 0
        return
    assert (done.code, "the reason contains a credential of blog" in done.err) == (2, True)
    assert "canary" not in done.out + done.err + run("log", "--json").out


def test_log_for_a_connector_finds_it_by_every_name_and_its_id(run, blog):
    run("install", "twitter", "--name", "other", "--set", "client_id=a")
    run("env", blog)
    run("edit", blog, "--rename", "shop")
    row = json.loads(run("show", "shop", "--json").out)
    found = [run("log", "--for", name, "--json").out for name in (blog, "shop", row["id"])]
    assert found[0] == found[1] == found[2]
    assert [one["action"] for one in json.loads(found[0])] == [
        "connector.install",
        "connector.use",
        "connector.update",
    ]
    assert run("log", "--for", "nonesuch").code == 5
    assert run("log", blog, "--for", blog).code == 2
    assert run("log", "--verify", "--for", blog).code == 2


def test_uses_are_counted_by_purpose_and_by_reason(run, blog):
    run("env", blog, "--reason", "by hand")
    run("run", blog, "--", "true")
    by_purpose = json.loads(run("stats", "--by", "for", "--json").out)
    assert {row["for"]: row["uses"] for row in by_purpose if row["for"]} == {
        "env": 1,
        "run: true": 1,
    }
    by_reason = json.loads(run("stats", "--by", "reason", "--json").out)
    assert {row["reason"]: row["uses"] for row in by_reason} == {None: 1, "by hand": 1}


def test_programs_say_their_reason_too(run, blog, newest, monkeypatch):
    monkeypatch.setattr("sys.argv", ["publish.py", "--token", "hidden"])
    with Connectors(reason="nightly job") as connectors:
        with connectors.use(blog):
            pass
        first = newest()["details"]
        with connectors.use(blog, reason="by hand"):
            pass
    assert (first["for"], first["reason"]) == ("python: publish.py", "nightly job")
    assert newest()["details"]["reason"] == "by hand"
