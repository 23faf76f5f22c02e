"""Hints that contain a name can be pasted into a shell whatever the name is."""

import json
import shlex
import sqlite3
import subprocess
from contextlib import closing

import pytest

from connectors_cli.services import hints
from connectors_cli.settings import sqlite_path
from connectors_cli.store.read.sealed import unreadable
from connectors_cli.system.text import command_line
from support.stores import reseal

pytestmark = pytest.mark.sqlite

NAMES = (
    "it's$(touch pwned)",
    "a`touch pwned`",
    'b"; touch pwned; "',
    "c & touch pwned",
    "~ $HOME *",
)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def paste(tmp_path):
    """Paste a command into a shell in which `connectors` prints its arguments; return them."""

    def pasted(command):
        script = f"connectors() {{ printf '%s\\0' \"$@\"; }}\n{command}"
        done = subprocess.run(["sh", "-c", script], capture_output=True, check=True, cwd=tmp_path)
        assert not (tmp_path / "pwned").exists()
        return done.stdout.decode().split("\0")[:-1]

    return pasted


def test_command_line_is_read_by_a_shell_as_its_words(name, paste):
    assert paste(command_line("show", name)) == ["show", name]


def test_sign_in_hint_names_the_connector(name, paste):
    assert paste(hints.sign_in(name)) == ["auth", "login", name]


def test_damaged_row_hint_names_the_connector(name, paste):
    command = unreadable(name).hint.partition(": ")[2].partition("; or restore")[0]
    assert paste(command) == ["credentials", "reset", name]


def test_hints_of_commands_quote_names(run, blog, settings, name, paste):
    """Every hint that names a connector is the last words of its line, ready to paste."""
    with closing(sqlite3.connect(sqlite_path(settings.store))) as db, db:
        db.execute("UPDATE connectors SET name = ?", (name,))  # as an older program took it
        reseal(db, name)
    lines = {
        ("get", name, "application_password"): ["get", name, "application_password", "--reveal"],
        ("edit", name, "--unset", "nothing"): ["show", name],
        ("edit", name, "--tag", "x", "--if-version", "99"): ["show", name],
    }
    for line, words in lines.items():
        hint = json.loads(run(*line, "--json").err)["error"]["hint"]
        assert paste(f"connectors {hint.partition('connectors ')[2]}") == words
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:///"))) as db, db:
        db.execute("UPDATE connectors SET auth_mac = 'x'")
    failed = run("get", name, "application_password", "--reveal", "--json")
    hint = json.loads(failed.err)["error"]["hint"]
    command = hint.partition(": ")[2].partition("; or ")[0]
    assert shlex.split(command) == ["connectors", "credentials", "accept", name]
