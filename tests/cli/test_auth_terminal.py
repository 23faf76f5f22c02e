"""Sign-in on a terminal: what is shown, what is pasted, and Ctrl-C."""

import os
import sys
import time

import pytest

from connectors_cli.cli.prompts.menu import GUARD_SECONDS
from support import oauth_connectors
from support.oauth_connectors import BROWSER, column, token
from support.oauth_server import CLIENT_ID, CLIENT_SECRET
from support.sign_in_dialogs import ends_at

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)

pytestmark = pytest.mark.slow


@pytest.fixture
def at_terminal():
    """Start a line on a terminal of 80 columns; the shell prints the exit code and the mode."""
    started = []

    def start(*line, **environ):
        script = 'trap : INT; "$@"; code=$?; stty -a | grep -o " echo "; echo "exit $code."'
        words = ["-c", script, "sh", sys.executable, "-m", "connectors_cli", *line]
        child = pexpect.spawn(
            "/bin/sh",
            words,
            env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1", **environ},
            dimensions=(60, 80),
            encoding="utf-8",
            timeout=20,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def test_install_starts_the_sign_in_after_the_form(run, server, at_terminal):
    oauth_connectors.add_type(run)
    child = at_terminal(
        *("install", "example", "--name", "news", "--set", f"server_url={server.url}"),
        *("--set", f"client_id={CLIENT_ID}", "--secret", "client_secret=env:CLIENT_SECRET"),
        BROWSER=BROWSER,
        CLIENT_SECRET=CLIENT_SECRET,
    )
    child.expect_exact("Sign in at Example in the browser that opens.")
    child.expect_exact("news (example): installed, inactive")
    child.expect_exact("exit 0.")
    assert server.accepts(token(run))


def test_form_says_how_to_register_an_app_before_it_asks_for_the_client_id(at_terminal):
    child = at_terminal("install", "twitter", "--name", "news")
    child.expect_exact("You need an app of your own: https://console.x.com")
    child.expect_exact("1. Click Create App")
    child.expect_exact("Redirect address: http://127.0.0.1:8765/callback")
    child.expect_exact("Scopes: tweet.read, tweet.write, users.read, offline.access")
    child.expect_exact("Client ID")
    child.sendintr()
    child.expect_exact("exit 130.")


def test_form_says_nothing_of_an_app_whose_client_id_is_known(at_terminal):
    child = at_terminal("install", "slack", "--name", "news", "--set", "client_id=abc")
    child.expect_exact("Optional settings")
    assert "app of your own" not in child.before
    child.sendintr()
    child.expect_exact("exit 130.")


def test_form_asks_whether_to_publish_once_signed_in(run, server, at_terminal):
    oauth_connectors.add_type(run)
    child = at_terminal("install", "example", "--name", "news", BROWSER=BROWSER)
    child.expect_exact("Optional settings (3)?")
    child.expect_exact("(y/N)")
    child.send("y\r")
    for text in (server.url, CLIENT_ID, "", CLIENT_SECRET):
        child.expect_exact("Enter leaves it out")
        child.expect_exact(">")
        child.send(f"{text}\r")
    child.expect_exact("Review")
    child.expect_exact("Esc goes back")
    time.sleep(GUARD_SECONDS)
    child.send("\r")
    child.expect_exact("Publish with news now?")
    child.send("\r")
    child.expect_exact("news (example): installed, active")
    child.expect_exact("next: connectors test news")
    child.expect_exact("exit 0.")


def test_device_code_is_shown_with_a_qr_code(run, news, server, at_terminal):
    server.device_interval = 1
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    child = at_terminal("auth", "login", news, SSH_CONNECTION="1 2 3 4")
    child.expect_exact(f"On any device, open {server.url}/activate")
    child.expect("type this code: [A-Z]{4}-[A-Z]{4}")
    child.expect("█▄|▀█")
    child.expect_exact("news (example): signed in, active")
    child.expect_exact("exit 0.")


def test_ctrl_c_during_device_sign_in_restores_the_terminal(run, news, server, at_terminal):
    server.device_says = ["pending"] * 99
    before = column(news, "auth"), column(news, "version")
    child = at_terminal("auth", "login", news, "--method", "device")
    child.expect_exact("Press Ctrl-C to cancel.")
    child.sendintr()
    child.expect_exact("Cancelled. news was not changed.")
    child.expect_exact(" echo ")
    child.expect_exact("exit 130.")
    assert (column(news, "auth"), column(news, "version")) == before


def test_wrong_paste_is_prompted_for_again(run, news, server, at_terminal):
    child = at_terminal("auth", "login", news, "--method", "paste", "--no-browser", COLUMNS="2000")
    child.expect(r"(http://127\.0\.0\.1:\d+/authorize\S+)\r\n")
    address = ends_at(child.match[1])
    child.expect_exact("The browser may end on an error page. Its address is what you need.")
    told = "the pasted address does not belong to this sign-in; paste the whole address"
    for before, text in (("The address", "canary"), (told, address)):
        child.expect_exact(before)
        child.expect_exact("  >")
        child.send(text)
        child.send("\r")
    child.expect_exact("news (example): signed in, active")
    child.expect_exact("exit 0.")


def test_paste_is_not_echoed(run, news, server, at_terminal):
    child = at_terminal("auth", "login", news, "--method", "paste", "--no-browser", COLUMNS="2000")
    child.expect(r"(http://127\.0\.0\.1:\d+/authorize\S+)\r\n")
    address = ends_at(child.match[1])
    child.expect_exact("The address of the last page")
    child.expect_exact("  >")
    child.send(address)
    child.send("\r")
    child.expect_exact("news (example): signed in, active")
    assert "code=" not in child.before
    child.expect_exact("exit 0.")
