"""Signing in at a terminal: what is shown, what is pasted, and Ctrl-C."""

import os
import sys

import pytest
import signed_in
from authorization_server import CLIENT_ID, CLIENT_SECRET
from signed_in import BROWSER, column, token
from test_auth import ends_at

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("no pseudo-terminals", allow_module_level=True)


@pytest.fixture
def at_terminal():
    """Starts a line at a terminal of 80 columns; the shell says its exit code and the mode."""
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


def test_install_signs_in_by_itself_after_the_values(run, server, at_terminal):
    signed_in.add_type(run, server)
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


def test_far_from_a_browser_the_code_is_shown_with_a_picture(run, news, server, at_terminal):
    server.device_interval = 1
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    child = at_terminal("auth", "login", news, SSH_CONNECTION="1 2 3 4")
    child.expect_exact(f"On any device, open {server.url}/activate")
    child.expect("type this code: [A-Z]{4}-[A-Z]{4}")
    child.expect("█▄|▀█")
    child.expect_exact("news (example): signed in, active")
    child.expect_exact("exit 0.")


def test_ctrl_c_while_a_code_is_waited_for_leaves_the_terminal_as_it_was(
    run, news, server, at_terminal
):
    server.device_says = ["pending"] * 99
    before = column(news, "auth"), column(news, "version")
    child = at_terminal("auth", "login", news, "--method", "device")
    child.expect_exact("Ctrl-C leaves all as it was.")
    child.sendintr()
    child.expect_exact("left: news is as it was")
    child.expect_exact(" echo ")
    child.expect_exact("exit 130.")
    assert (column(news, "auth"), column(news, "version")) == before


def test_who_pastes_something_else_is_asked_again(run, news, server, at_terminal):
    child = at_terminal("auth", "login", news, "--method", "paste", "--no-browser", COLUMNS="2000")
    child.expect(r"(http://127\.0\.0\.1:\d+/authorize\S+)\r\n")
    address = ends_at(child.match[1])
    child.expect_exact("It may end on an error page: what counts is that page's address.")
    told = "what was pasted is not the answer to this sign-in; paste the whole address"
    for before, text in (("The address", "canary"), (told, address)):
        child.expect_exact(before)
        child.expect_exact("  >")
        child.send(text)
        child.send("\r")
    child.expect_exact("news (example): signed in, active")
    child.expect_exact("exit 0.")


def test_what_is_pasted_is_not_seen(run, news, server, at_terminal):
    child = at_terminal("auth", "login", news, "--method", "paste", "--no-browser", COLUMNS="2000")
    child.expect(r"(http://127\.0\.0\.1:\d+/authorize\S+)\r\n")
    address = ends_at(child.match[1])
    child.expect_exact("The address where the browser ends")
    child.expect_exact("  >")
    child.send(address)
    child.send("\r")
    child.expect_exact("news (example): signed in, active")
    assert "code=" not in child.before
    child.expect_exact("exit 0.")
