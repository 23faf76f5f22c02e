"""Automatic refresh of expired tokens, and `auth refresh`."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

import pytest

from connectors_cli.__main__ import main
from connectors_cli.oauth.contract import TokenResponse
from connectors_cli.services.auth import refresh, token_store
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import Settings
from connectors_cli.store.write import leases
from support.http_server import Reply, write_json
from support.imports import loaded
from support.oauth_connectors import (
    BROWSER,
    add_type,
    column,
    end_soon,
    install,
    shown,
    store,
    token,
)
from support.processes import together

pytestmark = pytest.mark.slow


def test_expired_token_is_refreshed_on_use(run, news, server):
    uses = [
        lambda: token(run),
        lambda: re.search("CONNECTOR_ACCESS_TOKEN='?([^'\n]+)", run("env", news).out)[1],
        lambda: json.loads(run("env", news, "-o", "json").out)["CONNECTOR_ACCESS_TOKEN"],
    ]
    for count, use in enumerate(uses, 1):
        end_soon()
        assert server.accepts(use())
        assert server.requests["token:refresh_token"] == count
    assert shown(run)["status"] == "active"


def test_run_passes_the_new_token_to_its_child(spawn, run, news, server):
    end_soon()
    child = "import os; print(os.environ['CONNECTOR_ACCESS_TOKEN'][::-1])"
    done = spawn("run", news, "--", sys.executable, "-c", child)
    assert server.accepts(done.out.strip()[::-1])


@pytest.mark.parametrize(("seconds", "count"), [(30, 1), (90, 0)])
def test_token_counts_as_expired_one_minute_early(run, news, server, seconds, count):
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    end_soon(at=end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert server.accepts(token(run))
    assert server.requests["token:refresh_token"] == count


def test_reading_a_setting_or_client_secret_needs_no_refresh(run, news, server):
    end_soon()
    assert run("get", news, "client_id").code == 0
    assert run("get", news, "client_secret", "--reveal").out == "canary-client-secret\n"
    assert run("env", news, "--only", "client_secret").code == 0
    assert not server.requests["token:refresh_token"]


def test_unavailable_service_changes_nothing(run, news, server):
    end_soon()
    before = column(news, "auth"), column(news, "version"), column(news, "status")
    server.replies["/token"] = [Reply(503, {})] * 3
    for line in (("get", news, "access_token", "--reveal"), ("env", news)):
        done = run(*line)
        assert (done.code, done.out) == (8, "")
        assert "news: Example is unavailable" in done.err
    assert run("auth", "refresh", news).code == 8
    assert (column(news, "auth"), column(news, "version"), column(news, "status")) == before
    assert server.accepts(token(run))


def test_expired_sign_in_sets_status_error_and_prints_the_command(run, news, server):
    end_soon()
    server.tokens[-1].revoked = True
    done = run("get", news, "access_token", "--reveal")
    assert (done.code, done.out) == (9, "")
    assert "hint: connectors auth login news" in done.err
    found = shown(run)
    assert (found["status"], found["last_check"]["state"]) == ("error", "auth_failed")
    assert run("targets", "-o", "names").out == ""
    assert run("auth", "status", news).code == 9
    assert run("auth", "login", news, "--method", "browser").code == 0
    assert (shown(run)["status"], shown(run)["last_check"]["state"]) == ("active", "ok")


def test_error_listed_in_the_entry_requires_a_new_sign_in(run, server, monkeypatch):
    monkeypatch.setenv("BROWSER", BROWSER)
    add_type(run, refresh_ended=["invalid_request"])
    assert install(run, server, "news", "--auth", "browser").code == 0
    server.replies["/token"] = [Reply(400, {"error": "invalid_request"})]
    (found,) = json.loads(run("auth", "refresh", "news", "--json").out)["results"]
    assert (found["state"], found["status"]) == ("rejected", "error")
    assert found["hint"] == "connectors auth login news"
    assert run("auth", "status", "news").code == 9


def test_malformed_answer_is_one_sentence_and_saves_nothing(run, news, server):
    end_soon()
    before = column(news, "auth")
    good = {"access_token": "abc", "token_type": "bearer"}
    amiss = [
        Reply(200, b"<html>"),
        Reply(200, {}),
        Reply(200, {**good, "access_token": ""}),
        Reply(200, {**good, "access_token": "a b\n"}),
    ]
    for reply in amiss:
        server.replies["/token"] = [reply]
        done = run("auth", "refresh", news, "--json")
        (found,) = json.loads(done.out)["results"]
        assert done.code in {3, 8, 9}
        assert found["message"]
        assert column(news, "auth") == before


def test_answer_without_refresh_token_keeps_the_old_one(run, news, server):
    old = run("get", news, "refresh_token", "--reveal").out
    server.rotates = False
    assert run("auth", "refresh", news).code == 0
    assert run("get", news, "refresh_token", "--reveal").out == old


def test_new_sign_in_replaces_all_old_values(run, news, server, monkeypatch):
    monkeypatch.setenv("T", server.issue()["access_token"])
    assert run("auth", "login", news, "--secret", "access_token=env:T").code == 0
    assert shown(run)["auth_fields"] == ["access_token", "client_secret"]
    (found,) = json.loads(run("auth", "refresh", news, "--json").out)["results"]
    assert found["message"] == "cannot be refreshed; sign in again before it expires"
    assert (found["method"], found["scopes"]) == ("token", [])
    assert not server.requests["token:refresh_token"]


def test_connector_named_twice_is_refreshed_once(run, news, server):
    names = (news, column(news, "id"), news)
    assert len(run("auth", "refresh", *names).out.splitlines()) == 1
    assert server.requests["token:refresh_token"] == 1


def test_rejected_app_credentials_have_an_edit_command_as_hint(run, news, server):
    server.replies["/token"] = [Reply(401, {"error": "invalid_client"})]
    done = run("auth", "refresh", news, "--json")
    (found,) = json.loads(done.out)["results"]
    assert found["hint"] == "connectors edit news --set client_id=... -S client_secret=SOURCE"
    assert shown(run)["last_check"]["hint"] == found["hint"]


def test_tests_refresh_many_expired_tokens_concurrently(run, news, server):
    for name in ("a", "b", "c"):
        assert install(run, server, name, "--auth", "browser").code == 0
    for name in ("a", "b", news):
        end_soon(name)
    done = run("test", "--all", "--json")
    assert {one["state"] for one in json.loads(done.out)["results"]} == {"ok"}
    assert server.requests["token:refresh_token"] == 3
    server.tokens[-1].revoked = True
    end_soon(news)
    end_soon("c")
    found = {one["name"]: one for one in json.loads(run("test", "--all", "--json").out)["results"]}
    states = sorted(one["state"] for one in found.values())
    assert states == ["auth_failed", "ok", "ok", "ok"]
    (lost,) = (one for one in found.values() if one["state"] == "auth_failed")
    assert (lost["status"], lost["hint"]) == ("error", f"connectors auth login {lost['name']}")


def test_expiring_token_without_refresh_requires_a_new_sign_in(run, news, server):
    assert run("edit", news, "--unset", "refresh_token").code == 0
    assert run("auth", "status", news).code == 0
    assert run("auth", "status", news, "--within", "7d").code == 9
    assert (
        json.loads(run("auth", "status", news, "--within", "7d", "--json").out)["results"][0][
            "state"
        ]
        == "expiring"
    )
    end_soon()
    assert "expired" in run("auth", "status", news).out
    assert run("get", news, "access_token", "--reveal").code == 0
    assert not server.requests["token:refresh_token"]


def test_rejected_token_has_the_login_command_as_hint(run, news, server):
    server.tokens[-1].revoked = True
    (found,) = json.loads(run("test", news, "--json").out)["results"]
    assert (found["state"], found["hint"]) == ("auth_failed", "connectors auth login news")


def test_refresh_all_within_selects_by_expiry(run, news, server):
    assert install(run, server, "other", "--auth", "browser").code == 0
    install(run, server, "never")
    end_soon("other")
    done = run("auth", "refresh", "--all", "--within", "10m", "--json")
    states = {one["name"]: one["state"] for one in json.loads(done.out)["results"]}
    assert (done.code, states) == (0, {"news": "signed_in", "other": "refreshed"})
    assert server.requests["token:refresh_token"] == 1
    server.replies["/token"] = [Reply(503, {}), Reply(400, {"error": "invalid_grant"})]
    assert run("auth", "refresh", "--all").code == 1
    assert run("auth", "refresh").code == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("use", ["get", "refresh"])
def test_eight_processes_make_one_refresh_and_share_the_token(run, news, server, tmp_path, use):
    def work(number: int) -> Callable[[], int]:
        def get() -> int:
            with open(tmp_path / f"out{number}", "w") as sys.stdout:
                if use == "refresh":
                    assert main(["auth", "refresh", news, "--within", "30m"]) == 0
                return main(["get", news, "access_token", "--reveal"])

        return get

    end_soon()
    assert together([work(number) for number in range(8)]) == [0] * 8
    assert server.requests["token:refresh_token"] == 1
    (found,) = {(tmp_path / f"out{number}").read_text().split()[-1] for number in range(8)}
    assert server.accepts(found)
    assert not any(one.revoked for one in server.tokens)  # no refresh token came twice
    with store() as db:
        assert db.execute("SELECT COUNT(*) FROM leases").fetchone() == (0,)
        query = "SELECT COUNT(*) FROM events WHERE action = 'connector.refresh'"
        assert db.execute(query).fetchone() == (1,)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
def test_all_waiting_processes_learn_of_a_rejected_refresh(run, news, server):
    assert run("edit", news, "--deactivate").code == 0
    server.replies["/token"] = [Reply(400, {"error": "invalid_grant"})] * 4
    end_soon()
    works = [lambda: main(["get", news, "access_token", "--reveal"])] * 4
    assert together(works) == [9] * 4
    assert server.requests["token:refresh_token"] < 4


@pytest.mark.parametrize("minutes", [-1, 20])
def test_expired_or_implausible_lease_is_ignored(run, news, server, minutes):
    end = datetime.now(UTC) + timedelta(minutes=minutes)
    with store() as db:
        row = (f"refresh:{column(news, 'id')}", "elsewhere:1:x", f"{end:%Y-%m-%dT%H:%M:%S.%fZ}")
        db.execute("INSERT INTO leases VALUES (?, ?, ?)", row)
        db.commit()
    end_soon()
    assert server.accepts(token(run))


def test_waiting_process_uses_the_token_saved_by_the_other(ws_of, run, news, server):
    end_soon()
    name = f"refresh:{column(news, 'id')}"
    holder = leases.acquire(ws_of.store, name)
    assert leases.acquire(ws_of.store, name) is None
    waiting = Thread(target=lambda: refresh.refresh(ws_of, news))
    waiting.start()
    end_soon(at="2099-01-01T00:00:00.000000Z")
    with store() as db:
        tokens = json.loads(column(news, "auth")) | {"access_token": "another"}
        db.execute("UPDATE connectors SET auth = ?", (json.dumps(tokens),))
        db.commit()
    waiting.join(20)
    assert not waiting.is_alive()
    assert not server.requests["token:refresh_token"]
    leases.release(ws_of.store, name, holder)


def test_sign_in_during_a_refresh_wins(ws_of, run, news, server):
    end_soon()
    with ws_of.store.transaction() as db:
        found = token_store.open_connector(ws_of, db, news)
    assert run("auth", "login", news, "--method", "browser").code == 0
    latest = token(run)
    refresh._save(ws_of, found, TokenResponse(auth={"access_token": "late"}))
    assert token(run) == latest


@pytest.fixture
def ws_of(news):
    """Return the workspace of the store."""
    made = Workspace(Settings(os.environ))
    yield made
    made.close()


@pytest.mark.parametrize("words", [("get", "news", "access_token"), ("auth", "refresh", "news")])
def test_ctrl_c_during_a_refresh_loses_no_token(run, news, server, words):
    answered = Event()
    granted = server.issue()

    def late(handler):
        answered.wait(30)
        write_json(handler, granted)

    server.replies["/token"] = [Reply(200, late)]
    before = server.requests["token"]
    more = ["--reveal"] if words[0] == "get" else []
    line = [sys.executable, "-m", "connectors_cli", *words, *more]
    end_soon()
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        while server.requests["token"] == before:
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        answered.set()
        out, _ = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, b"")
    assert token(run) == granted["access_token"]


@pytest.mark.parametrize(
    ("line", "never"),
    [
        (("get", "news", "access_token", "--reveal"), {"typer", "sqlmodel", "httpx2", "authlib"}),
        (("env", "news"), {"sqlmodel", "httpx2", "authlib"}),
        (("auth", "status", "news"), {"sqlmodel", "httpx2", "authlib", "cryptography"}),
    ],
)
def test_valid_token_loads_neither_orm_nor_network(news, line, never):
    code, modules = loaded(*line)
    assert code == 0
    assert not modules & never


@pytest.mark.parametrize("line", [("test", "news"), ("targets", "--check", "-o", "names")])
def test_refused_token_is_refreshed_once_and_tried_again(run, news, server, line):
    server.tokens[-1].expires_in = 0
    old = token(run)
    assert run(*line).code == 0
    assert server.requests["token:refresh_token"] == 1
    assert (token(run) != old, shown(run)["status"]) == (True, "active")


def test_token_that_is_refused_after_its_refresh_is_not_refreshed_again(run, news, server):
    server.replies["/me"] = [Reply(401, {"error": "no"}), Reply(401, {"error": "no"})]
    (found,) = json.loads(run("test", news, "--json").out)["results"]
    assert (found["state"], found["status"]) == ("auth_failed", "error")
    assert server.requests["token:refresh_token"] == 1


def test_refused_token_stays_active_while_the_token_endpoint_is_down(run, news, server):
    server.tokens[-1].expires_in = 0
    server.replies["/token"] = [Reply(503, {})]
    (found,) = json.loads(run("test", news, "--json").out)["results"]
    assert (found["state"], found["status"]) == ("unreachable", "active")


@pytest.mark.parametrize("way", ["install", "edit", "apply", "login"])
def test_expiry_that_is_brought_along_counts(run, server, monkeypatch, tmp_path, way):
    add_type(run)
    made = server.issue()
    monkeypatch.setenv("AT", made["access_token"])
    monkeypatch.setenv("RT", made["refresh_token"])
    monkeypatch.setenv("END", "2001-01-01T00:00:00+01:00")
    secrets = [
        *("--secret", "access_token=env:AT", "--secret", "refresh_token=env:RT"),
        *("--secret", "expires_at=env:END"),
    ]
    done = install(run, server, "news", *(secrets if way == "install" else ()))
    if way == "edit":
        done = run("edit", "news", *secrets)
    elif way == "login":
        done = run("auth", "login", "news", *secrets)
    elif way == "apply":
        auth = {"access_token": "AT", "refresh_token": "RT", "expires_at": "END"}
        item = {"name": "news", "type": "example", "config": shown(run)["config"]}
        item["auth"] = {name: {"env": source} for name, source in auth.items()}
        item["auth"]["client_secret"] = {"env": "CLIENT_SECRET"}
        file = tmp_path / "m.json"
        file.write_text(json.dumps({"connectors": [item]}))
        done = run("apply", "-f", file, "--yes")
    assert done.code == 0, done.err
    assert column("news") == "2000-12-31T23:00:00.000000Z"
    assert token(run) != made["access_token"]
    assert server.requests["token:refresh_token"] == 1


def test_unknown_end_is_due_within_any_time(run, server, monkeypatch):
    add_type(run)
    made = server.issue()
    monkeypatch.setenv("AT", made["access_token"])
    monkeypatch.setenv("RT", made["refresh_token"])
    given = ("--secret", "access_token=env:AT", "--secret", "refresh_token=env:RT")
    assert install(run, server, "news", *given).code == 0
    assert column("news") is None
    assert token(run) == made["access_token"]
    assert run("auth", "refresh", "--all", "--within", "24h").code == 0
    assert server.requests["token:refresh_token"] == 1


def test_expiry_that_is_no_time_is_refused(run, news, monkeypatch):
    monkeypatch.setenv("T", "token-of-somebody")
    monkeypatch.setenv("END", "tomorrow")
    done = run("auth", "login", news, "-S", "access_token=env:T", "-S", "expires_at=env:END")
    assert (done.code, "expires_at is not a time" in done.err) == (3, True)
