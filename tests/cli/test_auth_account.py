"""The account of a connector: a sign-in as somebody else is refused unless it is meant."""

import json

import pytest

from support.http_server import Reply
from support.oauth_connectors import add_type, end_soon, install, shown, token

pytestmark = pytest.mark.slow


def login(run, *more):
    return run("auth", "login", "news", "--method", "browser", *more)


def test_sign_in_as_somebody_else_is_refused_and_revoked(run, news, server):
    old = token(run)
    server.person = "bob"
    done = login(run)
    assert (done.code, done.out) == (6, "")
    assert "news belongs to alice, and this sign-in is as bob" in done.err
    assert "connectors auth login news --switch-account" in done.err
    assert [one.revoked for one in server.tokens if one.person == "bob"] == [True]
    assert (token(run), shown(run)["status"]) == (old, "active")
    assert server.accepts(old)
    assert run("test", news).code == 0


def test_account_is_known_after_a_sign_out_and_a_failed_test(run, news, server):
    server.replies["/me"] = [Reply(503, {})]
    assert run("test", news).code == 8
    assert run("auth", "logout", news).code == 0
    server.person = "bob"
    assert login(run).code == 6


def test_switch_account_accepts_somebody_else(run, news, server):
    server.person = "bob"
    assert login(run, "--switch-account").code == 0
    assert shown(run)["last_check"]["account"] == "bob"
    server.person = "alice"
    assert login(run).code == 6


def test_token_of_somebody_else_is_refused_and_not_revoked(run, news, server, monkeypatch):
    server.person = "bob"
    monkeypatch.setenv("T", server.issue()["access_token"])
    line = ("auth", "login", news, "--secret", "access_token=env:T")
    assert run(*line).code == 6
    assert not server.requests["revoke"]
    assert run(*line, "--switch-account").code == 0


def test_account_that_cannot_be_compared_is_noted(run, news, server):
    server.replies["/me"] = [Reply(503, {})]
    done = login(run)
    assert done.code == 0
    assert "was not compared with alice" in done.err
    server.person = "bob"
    assert login(run).code == 6


def test_log_names_the_account(run, news):
    events = json.loads(run("log", "--json", "--action", "connector.login").out)
    assert events[-1]["details"]["account"] == "alice"


def test_second_connector_on_one_account_is_noted(run, news, server):
    done = install(run, server, "copy", "--auth", "browser")
    assert (done.code, done.err.count("news also uses the account alice")) == (0, 1)
    server.person = "bob"
    assert "also uses" not in install(run, server, "other", "--auth", "browser").err


def test_tokens_of_an_account_that_another_connector_uses_are_not_revoked(run, news, server):
    server.person = "bob"
    assert install(run, server, "other", "--auth", "browser").code == 0
    assert login(run).code == 6
    assert not server.requests["revoke"]


def test_app_gets_its_own_token_without_a_person(run, server):
    add_type(run, grant="client_credentials")
    done = install(run, server, "app")
    assert (done.code, done.out) == (0, "app (example): installed, active\n"), done.err
    assert server.accepts(token(run, "app"))
    assert server.requests["token:client_credentials"] == 1
    end_soon("app")
    assert server.accepts(token(run, "app"))
    server.tokens[-1].revoked = True
    assert run("test", "app").code == 0
    assert server.requests["token:client_credentials"] == 3
    assert server.forms("/token")[0]["scope"] == "read write"
    server.replies["/token"] = [Reply(401, {"error": "invalid_client"})]
    assert run("auth", "refresh", "app").code == 9
    assert run("auth", "login", "app", "--method", "browser").code == 2
    assert run("auth", "login", "app").code == 0
