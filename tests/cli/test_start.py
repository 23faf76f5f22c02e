"""The first words: a bare `connectors`, short options, words of other programs, names to pick."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors_cli import __version__
from connectors_cli.cli.start import SYNONYMS


def test_bare_line_at_a_terminal_fits_the_screen(terminal):
    done = terminal(columns=80)
    lines = done.out.splitlines()
    assert done.code == 0
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 80
    assert "Nothing is installed yet." in done.out
    for line in ("connectors catalog", "connectors install TYPE", "connectors run NAME"):
        assert line in done.out


def test_bare_line_says_the_same_of_an_empty_store(terminal, ws):
    assert "Nothing is installed yet." in terminal(columns=80).out


def test_bare_line_counts_what_is_installed_and_what_is_broken(terminal, blog):
    assert "1 installed in tenant default, 1 of them publish targets." in terminal(columns=80).out
    with closing(sqlite3.connect(Path(os.environ["CONNECTORS_HOME"]) / "store.db")) as db:
        db.execute("UPDATE connectors SET status = 'error'")
        db.commit()
    assert "1 need you: connectors list --status error" in terminal(columns=80).out


def test_bare_line_shows_why_the_store_cannot_be_read(terminal, monkeypatch):
    monkeypatch.setenv("CONNECTORS_TENANT", "acme")
    assert terminal("init").code == 0
    monkeypatch.setenv("CONNECTORS_TENANT", "other")
    shown = terminal(columns=80).out
    assert "error: no tenant other" in shown
    assert "connectors doctor" in shown


def test_bare_line_in_a_pipe_is_the_help(spawn):
    done = spawn()
    assert (done.code, done.out.strip()) == (2, spawn("--help").out.strip())


@pytest.mark.parametrize("line", [(), ("install",), ("auth", "login"), ("catalog",)])
def test_h_is_help(run, line):
    done = run(*line, "-h")
    assert (done.code, done.out) == (0, run(*line, "--help").out)


def test_version_is_had_three_ways(run):
    for word in ("--version", "-V", "version"):
        assert run(word).out == f"connectors {__version__}\n"


@pytest.mark.parametrize(("word", "ours"), SYNONYMS.items())
def test_word_of_another_program_is_answered_with_ours(run, word, ours):
    done = run(word, "blog")
    assert done.code == 2
    assert f"no such command {word!r}" in done.err
    assert f"hint: connectors {ours}\n" in done.err


def test_missing_name_is_an_error_without_a_terminal(run, blog):
    for line in (("show",), ("edit",), ("remove",), ("get",), ("auth", "login")):
        done = run(*line)
        assert (done.code, "NAME" in done.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (("show",), "site_url"),
        (("remove", "--no-revoke"), "blog (wordpress): removed"),
        (("test", "--timeout", "1s"), "1 tested"),
        (("get",), "Which field of blog?"),
    ],
)
def test_missing_name_is_picked_from_a_list_at_a_terminal(blog, line, shown):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable,
        ["-m", "connectors_cli", *line],
        env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=60,
    )
    try:
        child.expect_exact("Which connector?")
        child.expect_exact("wordpress")
        child.send("\r")
        child.expect_exact(shown)
        if line == ("get",):
            child.send("\r")
            child.expect_exact("https://blog.example.com")
        child.wait()
        assert child.exitstatus == (8 if line[0] == "test" else 0)
    finally:
        child.close(force=True)


@pytest.mark.slow
def test_nothing_to_pick_is_an_error(ws):
    pexpect = pytest.importorskip("pexpect")
    words = ["-m", "connectors_cli", "show"]
    child = pexpect.spawn(sys.executable, words, env=dict(os.environ), encoding="utf-8", timeout=60)
    try:
        child.expect_exact("nothing is installed")
        child.wait()
        assert child.exitstatus == 5
    finally:
        child.close(force=True)


@pytest.mark.parametrize(
    ("words", "ours"),
    [
        ("list tenants", "tenant list"),
        ("ls members", "member list"),
        ("list presets --json", "preset list"),
        ("list services", "catalog"),
        ("list Targets", "targets"),
        ("list connectors", "list"),
        ("list removed", "list --removed"),
    ],
)
def test_what_people_want_to_list_is_answered_with_its_command(run, blog, words, ours):
    done = run(*words.split(), "-o", "table")
    assert done.code == 2
    assert f"connectors {ours}" in done.err
    assert run("list", "secret-word").err.startswith("error: got unexpected extra argument")


def test_missing_field_is_an_error_that_names_the_fields(run, blog):
    done = run("get", "blog")
    assert (done.code, done.out) == (2, "")
    assert "missing argument 'FIELD'" in done.err
    assert "use one of: site_url, application_password, username" in done.err
    assert run("get", "nobody").code == 5
