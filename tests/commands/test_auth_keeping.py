"""What a service granted is saved: while others hold the store, and before a signal ends us."""

import json
import os
import signal
import sqlite3
import time
from types import SimpleNamespace

import pytest
from processes import finish, fork, run_forked
from servers import Reply
from signed_in import BROWSER, add_type, column, end_soon, install, shown, token

from connectors_cli import connections, keeping
from connectors_cli.__main__ import main
from connectors_cli.settings import Settings, sqlite_path

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """A store that is held up is told of at once."""
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)


@pytest.fixture
def answer(server):
    """What the service grants next: as it answers, another writer takes the store and keeps it."""
    path = sqlite_path(Settings(os.environ).store)
    writers = []

    def grant(granted=None):
        granted = granted or server.issue()

        def late(handler):
            writers.append(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
            writers[-1].execute("BEGIN IMMEDIATE")
            body = json.dumps(granted).encode()
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        server.replies["/token"] = [Reply(200, late)]
        return granted

    def release():
        while writers:
            writers.pop().close()

    yield SimpleNamespace(grant=grant, release=release)
    release()


@pytest.fixture
def begin(tmp_path):
    """Start a line in a process of its own; it says what it tells, and how it ends."""

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
def test_a_store_that_another_writer_holds_is_waited_for(run, news, server, answer, begin, line):
    end_soon()
    granted = answer.grant()
    child = begin(*line)
    child.wait_for("still trying for 180 s to save what Example granted")
    answer.release()
    assert child.end().code == 0
    assert token(run) == granted["access_token"]
    assert server.requests["token:refresh_token"] == 1


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("ends", [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_a_signal_waits_until_the_grant_is_saved(run, news, answer, begin, line, ends):
    end_soon()
    granted = answer.grant()
    child = begin(*line)
    child.wait_for("still trying")
    os.kill(child.pid, ends[0])
    child.wait_for("note: leaving once news has its next tokens")
    answer.release()
    assert child.end().code == ends[1]
    assert token(run) == granted["access_token"]


def test_what_could_not_be_saved_in_the_end_needs_a_new_sign_in(
    run, news, server, answer, monkeypatch
):
    monkeypatch.setattr(keeping, "PATIENCE", 0.3)
    end_soon()
    before = column(news, "auth")
    answer.grant()
    done = run("get", news, "access_token", "--reveal")
    answer.release()
    assert (done.code, done.out) == (9, "")
    assert "news: what Example granted could not be saved: the store " in done.err
    assert "may be spent with it: sign in again" in done.err
    assert "hint: connectors auth login news" in done.err
    assert column(news, "auth") == before


def test_where_the_refresh_token_stays_good_nothing_is_lost(
    run, news, answer, monkeypatch, tmp_path
):
    monkeypatch.setattr(keeping, "PATIENCE", 0.3)
    end_soon()
    answer.grant({"access_token": "next-token", "token_type": "bearer"})
    done = run_forked(tmp_path, "auth", "refresh", news, "--json")
    answer.release()
    (found,) = json.loads(done.out)["results"]
    assert (done.code, done.err, found["state"]) == (1, "", "failed")
    assert found["message"].endswith("; nothing was changed")
    assert run("auth", "refresh", news).code == 0


def test_quiet_tells_nothing_of_waiting(run, news, answer, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 0.3)
    end_soon()
    answer.grant()
    done = run("get", news, "access_token", "--reveal", "--quiet")
    assert "note:" not in done.err


@pytest.mark.parametrize("number", [None, signal.SIGINT])
def test_a_sign_in_is_saved_too(run, server, answer, begin, monkeypatch, number):
    monkeypatch.setenv("BROWSER", BROWSER)
    add_type(run, server)
    assert install(run, server, "news").code == 0
    granted = answer.grant()
    child = begin("auth", "login", "news", "--method", "browser")
    child.wait_for("still trying")
    if number:
        os.kill(child.pid, number)
        child.wait_for("note: leaving once the sign-in of news is saved")
    answer.release()
    assert child.end().code == (130 if number else 0)
    assert token(run) == granted["access_token"]
    assert "access_token" in shown(run)["auth_fields"]
