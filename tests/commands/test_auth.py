"""`auth`, and what install, run, test, remove and restore do with a sign-in."""

import json

import pytest
import signed_in
from authorization_server import AuthorizationServer
from signed_in import BROWSER, column, install


@pytest.fixture
def server():
    with AuthorizationServer() as made:
        yield made


@pytest.fixture
def news(run, server, monkeypatch):
    """An active connector that was signed in with the browser."""
    monkeypatch.setenv("BROWSER", BROWSER)
    signed_in.add_type(run, server)
    assert install(run, server, "news", "--auth", "browser").code == 0
    return "news"


def token(run, name="news"):
    return run("get", name, "access_token", "--reveal").out.strip()


def shown(run, name="news"):
    return json.loads(run("show", name, "--json").out)


def test_install_signs_in_with_the_browser_end_to_end(spawn, server):
    signed_in.add_type(spawn, server)
    done = install(
        lambda *line: spawn(*line, BROWSER=BROWSER, CLIENT_SECRET="canary-client-secret"),
        server,
        "news",
        *("--auth", "browser"),
    )
    assert (done.code, done.out) == (0, "news (example): installed, active\n")
    assert "Waiting until you have signed in" in done.err
    assert server.accepts(token(spawn))
    assert column("news") is not None


def test_login_again_keeps_everything_else(run, news, server):
    run("edit", news, "--tag", "prod", "--deactivate")
    before, old = shown(run), token(run)
    done = run("auth", "login", news, "--method", "browser", "--json")
    assert (done.code, json.loads(done.out)["change"]) == (0, "signed in")
    after = shown(run)
    for field in ("config", "tags", "status", "id", "name", "auth_fields"):
        assert after[field] == before[field]
    assert token(run) != old


def test_without_a_terminal_install_only_tells_the_command_that_signs_in(run, server):
    signed_in.add_type(run, server)
    done = install(run, server, "news")
    assert done.code == 0
    assert "note: news is active but not signed in yet: connectors auth login news" in done.err
    assert not server.requests
