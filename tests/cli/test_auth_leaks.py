"""No token, code, verifier or secret of a sign-in appears in output, events, errors or files."""

import logging
import os
from pathlib import Path

import pytest

from support.canary import forms
from support.http_server import Reply
from support.oauth_connectors import end_soon, install, token
from support.oauth_server import CLIENT_SECRET

pytestmark = pytest.mark.slow

NAMES = ("code", "code_verifier", "client_secret", "refresh_token", "token", "device_code")
LINES = (
    ("auth", "login", "news", "--method", "browser", "--test"),
    ("auth", "login", "news", "--method", "device"),
    ("auth", "login", "news", "--method", "paste"),
    ("auth", "login", "news", "-S", "access_token=env:T", "-S", "refresh_token=env:R"),
    ("auth", "login", "news", "-S", "access_token=env:AMISS"),
    ("auth", "status"),
    ("auth", "refresh", "--all"),
    ("test", "news"),
    ("show", "news"),
    ("list",),
    ("auth", "logout", "news"),
    ("auth", "login", "news", "--method", "browser"),
    ("remove", "news"),
    ("restore", "news"),
)


def secrets(server):
    """Return every secret text that was sent to the service or received from it."""
    found = {CLIENT_SECRET, *server.codes}
    for one in server.tokens:
        found |= {one.access_token, one.refresh_token}
    for path in ("/token", "/revoke"):
        for form in server.forms(path):
            found |= {form[name] for name in NAMES if name in form}
    return found - {None}


def check(server, data, of):
    data = data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape")
    for secret in secrets(server):
        assert not any(form in data for form in forms(secret)), of


@pytest.fixture
def given(server, monkeypatch):
    """Existing tokens in variables."""
    made = server.issue()
    monkeypatch.setenv("T", made["access_token"])
    monkeypatch.setenv("R", made["refresh_token"])
    monkeypatch.setenv("AMISS", f"{made['access_token']} {made['refresh_token']}\n")


@pytest.mark.parametrize("more", [(), ("--json", "--verbose")])
def test_sign_in_leaves_no_secret_in_output_or_files(run, news, server, given, caplog, more):
    caplog.set_level(logging.DEBUG)
    server.device_interval = 1
    for line in LINES:
        done = run(*line, *more)
        assert "this is a bug" not in done.err, (line, done.err)
        check(server, done.out + done.err, line)
    ours = [record for record in caplog.records if not record.name.startswith("authlib.")]
    check(server, "\n".join(record.getMessage() for record in ours), "the log")  # not the server's
    for file in Path(os.environ["CONNECTORS_HOME"]).rglob("*"):
        if file.is_file():
            check(server, file.read_bytes(), file)


def test_secrets_echoed_by_a_service_are_masked(run, news, server, given):
    def repeating(status, error):
        said = {"error": error, "error_description": " ".join(sorted(secrets(server)))}
        return Reply(status, {**said, "message": os.environ["R"]})

    for status, error in ((400, "invalid_grant"), (400, "invalid_request"), (401, CLIENT_SECRET)):
        refresh = run("get", news, "refresh_token", "--reveal").out.strip()
        end_soon()
        for line in (("env", news), ("auth", "refresh", news), ("test", news), ("list",)):
            server.replies["/token"] = [
                Reply(status, {"error": error, "error_description": f"{refresh} {CLIENT_SECRET}"})
            ]
            done = run(*line, "--verbose")
            check(server, done.out + done.err, line)
        assert run("auth", "login", news, "--method", "browser").code != 1


def test_failed_install_leaks_nothing(run, news, server):
    for reply in (Reply(400, {"error": "invalid_client"}), Reply(200, b"<html>"), Reply(500, {})):
        server.replies["/token"] = [reply]
        done = install(run, server, "other", "--auth", "browser", "--upsert")
        assert done.code in {3, 8, 9}
        check(server, done.out + done.err, reply)
    assert server.accepts(token(run))
