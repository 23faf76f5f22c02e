"""The command `test --watch`: repeated rounds until Ctrl-C, and the progress bar."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from support.http_server import Reply, Web, wordpress

pytestmark = pytest.mark.slow

pexpect = pytest.importorskip("pexpect")
PROGRAM = [sys.executable, "-m", "connectors_cli"]


@pytest.fixture
def install(run, isolated, monkeypatch):
    """Installs WordPress connectors of a site."""
    monkeypatch.setenv("P", "canary-password")

    def install_all(url, *names):
        for name in names:
            line = ("install", "wordpress", "--name", name, "--set", f"site_url={url}")
            more = ("--set", "username=alice", "--secret", "application_password=env:P")
            assert run(*line, *more).code == 0

    return install_all


@contextmanager
def watching(*more):
    """A program that tests every second, its output in a pipe; it is stopped in any case."""
    line = [*PROGRAM, "test", "--all", "--watch", "1s", *more]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("output", ["tsv", "json", "jsonl"])
def test_each_round_is_printed_at_once_and_ctrl_c_is_130(install, output):
    with Web(wordpress()) as web:
        install(web.url, "blog", "news")
        with watching("-o", output) as process:
            lines = [process.stdout.readline() for _ in range(4)]
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "")
    if output == "tsv":
        assert [line.split("\t")[:2] for line in lines] == [["blog", "ok"], ["news", "ok"]] * 2
    else:
        assert [json.loads(line)["name"] for line in lines] == ["blog", "news"] * 2
    assert "Traceback" not in out


def test_ctrl_c_in_the_middle_of_a_round_ends_it_at_once(install):
    def answer(asked):
        asked_of.append(asked)
        time.sleep(30)
        return Reply(200, {})

    asked_of = []
    with Web(answer) as web:
        install(web.url, "blog")
        with watching("--timeout", "30s") as process:
            while not asked_of:
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


def spawn_at_terminal(*line):
    environ = {**os.environ, "TERM": "xterm-256color"}
    arguments = [*PROGRAM[1:], *line]
    return pexpect.spawn(
        PROGRAM[0], arguments, env=environ, encoding="utf-8", timeout=20, dimensions=(24, 100)
    )


def slow(asked):
    time.sleep(0.3)
    return wordpress()(asked)


def test_progress_bar_is_shown_and_removed(install):
    with Web(slow) as web:
        install(web.url, "blog", "news", "shop")
        child = spawn_at_terminal("test", "--all", "--jobs", "1")
        for done in ("0/3", "1/3", "2/3"):
            child.expect_exact("testing")
            child.expect_exact(done)
        child.expect_exact("3 tested: 3 ok")
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 0


def test_no_progress_bar_for_one_test_or_with_quiet(install):
    with Web(wordpress()) as web:
        install(web.url, "blog", "news")
        for line in (("test", "blog"), ("test", "--all", "--quiet")):
            child = spawn_at_terminal(*line)
            shown = child.read()
            child.close()
            assert "tested" in shown
            assert "testing" not in shown


@contextmanager
def listing(*line):
    """A list that is watched, its output in a pipe; it is stopped in any case."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*PROGRAM, *line, "--watch"], text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["list", "targets"])
def test_a_watched_list_is_printed_again_when_it_has_changed(run, blog, command):
    with listing(command, "--json", "--fields", "name,tags") as process:
        first = json.loads(process.stdout.readline())
        time.sleep(2.5)  # nothing has changed meanwhile
        assert run("edit", "blog", "--tag", "new").code == 0
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (first["tags"], second["tags"]) == (["prod"], ["prod", "new"])
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.slow
def test_a_watched_list_is_redrawn_on_a_terminal(run, blog):
    child = spawn_at_terminal("list", "--watch", "-q", "new")
    child.expect_exact("Ctrl-C ends")
    assert run("edit", "blog", "--tag", "new").code == 0
    child.expect_exact("\x1b[H\x1b[2J")
    child.expect_exact("blog")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


@pytest.mark.slow
def test_repeated_tests_are_redrawn_with_the_time_on_a_terminal(install):
    with Web(wordpress()) as web:
        install(web.url, "blog")
        child = spawn_at_terminal("test", "--all", "--watch", "1s")
        for _ in range(2):
            child.expect(r"\x1b\[H\x1b\[2J\x1b\[3J\d\d:\d\d:\d\d")
            child.expect_exact("1 tested: 1 ok")
        child.sendintr()
        child.close()


def test_a_watched_list_tests_nothing(run, blog):
    done = run("targets", "--watch", "--check")
    assert (done.code, "cannot be used together" in done.err) == (2, True)
