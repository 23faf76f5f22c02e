"""Saving new tokens while the store is locked, and before a signal ends the process."""

import json
import os
import signal
import sqlite3
import time
from types import SimpleNamespace

import pytest

from connectors_cli.__main__ import main
from connectors_cli.services.auth import token_store
from connectors_cli.settings import Settings, sqlite_path
from connectors_cli.store.read import connections
from support.http_server import Reply, write_json
from support.oauth_connectors import BROWSER, add_type, column, end_soon, install, shown, token
from support.processes import finish, fork, run_forked

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked"),
    pytest.mark.slow,
    pytest.mark.sqlite,  # locks its file, and counts what was written to it
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """Report a locked store at once."""
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)


@pytest.fixture
def answer(server):
    """The service's next answer; while it answers, another writer locks the store."""
    path = sqlite_path(Settings(os.environ).store)
    writers = []

    def grant(granted=None):
        granted = granted or server.issue()

        def late(handler):
            writers.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
            writers[-1].execute("BEGIN IMMEDIATE")
            write_json(handler, granted)

        server.replies["/token"] = [Reply(200, late)]
        return granted

    def release():
        while writers:
            writers.pop().close()

    yield SimpleNamespace(grant=grant, release=release)
    release()


@pytest.fixture
def begin(tmp_path):
    """Start a line in a separate process, whose output and exit can be awaited."""

    def started(*line):
        err = tmp_path / "err"
        pid = fork(lambda: main(list(line)), str(tmp_path / "out"), str(err))

        def wait_for(text):
            while text not in err.read_text():
                time.sleep(0.02)

        def end():
            code = finish(pid)
            return SimpleNamespace(code=code, err=err.read_text())

        wait_for_file(err)
        return SimpleNamespace(pid=pid, wait_for=wait_for, end=end)

    return started


def wait_for_file(path):
    while not path.exists():
        time.sleep(0.01)


LINES = [
    ("get", "news", "access_token", "--reveal"),
    ("auth", "refresh", "news"),
    ("test", "news"),
]


@pytest.mark.parametrize("line", LINES)
def test_save_waits_for_a_store_locked_by_another_writer(run, news, server, answer, begin, line):
    end_soon()
    granted = answer.grant()
    child = begin(*line)
    child.wait_for("retrying for up to 180 s to save the new tokens from Example")
    answer.release()
    assert child.end().code == 0
    assert token(run) == granted["access_token"]
    assert server.requests["token:refresh_token"] == 1


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("ends", [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_signal_is_deferred_until_tokens_are_saved(run, news, answer, begin, line, ends):
    end_soon()
    granted = answer.grant()
    child = begin(*line)
    child.wait_for("retrying for up to")
    os.kill(child.pid, ends[0])
    child.wait_for("note: exiting once the tokens of news are saved")
    answer.release()
    assert child.end().code == ends[1]
    assert token(run) == granted["access_token"]


def test_tokens_that_cannot_be_saved_require_a_new_sign_in(run, news, server, answer, monkeypatch):
    monkeypatch.setattr(token_store, "PATIENCE", 0.3)
    end_soon()
    before = column(news, "auth")
    answer.grant()
    done = run("get", news, "access_token", "--reveal")
    answer.release()
    assert (done.code, done.out) == (9, "")
    assert "news: the new tokens from Example could not be saved: the store " in done.err
    assert "may no longer be valid: sign in again" in done.err
    assert "hint: connectors auth login news" in done.err
    assert column(news, "auth") == before


def test_unsaved_refresh_is_harmless_if_the_refresh_token_stays_valid(
    run, news, answer, monkeypatch, tmp_path
):
    monkeypatch.setattr(token_store, "PATIENCE", 0.3)
    end_soon()
    answer.grant({"access_token": "next-token", "token_type": "bearer"})
    done = run_forked(tmp_path, "auth", "refresh", news, "--json")
    answer.release()
    (found,) = json.loads(done.out)["results"]
    assert (done.code, done.err, found["state"]) == (1, "", "failed")
    assert found["message"].endswith("; nothing was changed")
    assert run("auth", "refresh", news).code == 0


def test_quiet_suppresses_the_waiting_note(run, news, answer, monkeypatch):
    monkeypatch.setattr(token_store, "PATIENCE", 0.3)
    end_soon()
    answer.grant()
    done = run("get", news, "access_token", "--reveal", "--quiet")
    assert "note:" not in done.err


@pytest.mark.parametrize("number", [None, signal.SIGINT])
def test_new_sign_in_also_waits_for_the_store(run, server, answer, begin, monkeypatch, number):
    monkeypatch.setenv("BROWSER", BROWSER)
    add_type(run)
    assert install(run, server, "news").code == 0
    granted = answer.grant()
    child = begin("auth", "login", "news", "--method", "browser")
    child.wait_for("retrying for up to")
    if number:
        os.kill(child.pid, number)
        child.wait_for("note: exiting once the sign-in of news is saved")
    answer.release()
    assert child.end().code == (130 if number else 0)
    assert token(run) == granted["access_token"]
    assert "access_token" in shown(run)["auth_fields"]
