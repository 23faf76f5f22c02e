"""Completion in real shells: a name is one word on the line, and never runs."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli.cli.completion_scripts import bash_quoted

pytestmark = [pytest.mark.sqlite, pytest.mark.slow]

pexpect = pytest.importorskip("pexpect")

HOSTILE = [
    "news$(touch ran)",
    "news`touch ran`",
    "news;touch ran",
    "news&touch ran",
    "news|touch ran",
    "news>ran",
    "news two words",
    "it's$(touch ran)",
    'say"$(touch ran)',
    'say"$(touch ran)"',
    "a'b\"c$(touch ran)",
    "bang!!",
    "star*?[a]",
    "~root",
    "#x{1,2}",
    "-n$(touch ran)",
]
START = {
    "bash": ("bash", "--norc", "--noprofile", "-i"),
    "zsh": ("zsh", "-f", "-i"),
    "fish": ("fish", "--no-config", "-i"),
}
SETUP = {
    "bash": "bind 'set bell-style none'; PS1='ready%'; eval \"$(connectors --show-completion)\"",
    "zsh": "PS1=ready%%; autoload -Uz compinit; compinit -u -D;"
    ' eval "$(connectors --show-completion)"',
    "fish": "function fish_prompt; echo -n ready%; end; connectors --show-completion | source",
}


@pytest.fixture
def shop(blog, settings, tmp_path, monkeypatch):
    """A store whose only connector can be renamed to anything, and `connectors` in PATH.

    Without a completion, `connectors` writes its words to the file `words`.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "connectors"
    program.write_text(
        '#!/bin/sh\ncase "$1" in show|get|edit) ;; *)\n'
        f'exec {sys.executable} -m connectors_cli "$@"\n;; esac\n'
        f'shift\ncd {tmp_path}\nprintf "%s" "$*" > words.new; mv words.new words\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def rename(name):
        with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
            db.execute("UPDATE connectors SET name = ?", (name,))

    return rename


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completed_name_is_one_word(shop, tmp_path, shell):
    complete = session(shell, tmp_path)
    for name in HOSTILE:
        is_offered = not (shell == "fish" and name.startswith("~"))
        shop(name)
        start = name[:1] if name[:1].isalpha() else ""
        assert complete(start) == (name if is_offered else "")
        assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_fields_are_completed_and_a_value_follows_without_a_space(shop, tmp_path, shell):
    complete = session(shell, tmp_path)
    assert complete("si", "get blog").split() == ["blog", "site_url"]
    assert complete("us\talice", "edit blog --set").split() == ["blog", "--set", "username=alice"]
    assert complete("app\tenv:P", "edit blog --secret").split()[2:] == [
        "application_password=env:P"
    ]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_completed_name_is_one_word_in_open_quotes(shop, tmp_path, quote):
    complete = session("bash", tmp_path)
    for name in HOSTILE:
        if name[:1].isalpha():
            shop(name)
            assert complete(quote + name[:1]) == name
            assert not (tmp_path / "ran").exists()


def session(shell, folder):
    """Start a shell; return a function that completes a word and presses Enter.

    It returns the words that the command got.
    """
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    words = folder / "words"
    environ = {**os.environ, "TERM": "dumb", "HOME": str(folder), "SHELL_NAME": shell}
    command, *options = START[shell]
    child = pexpect.spawn(
        command, options, env=environ, cwd=str(folder), encoding="utf-8", timeout=30
    )
    setup = SETUP[shell].replace("--show-completion", f"--show-completion {shell}")
    child.sendline(f"{setup}; touch started")
    wait_for(child, folder / "started")

    def complete(start, command="show"):
        words.unlink(missing_ok=True)
        child.send(f"connectors {command} {start}\t\r")
        wait_for(child, words)
        return words.read_text()

    return complete


def wait_for(child, path):
    """Read what the shell writes until a file exists."""
    for _ in range(200):
        child.expect([pexpect.TIMEOUT, "\n"], timeout=0.1)
        if path.exists():
            return
    pytest.fail(f"no {path.name}: {child.before!r}")


def test_candidates_are_quoted_as_bash_quotes_them():
    text = "".join(map(chr, range(32, 127))) + "äб"
    quoted = subprocess.run(
        ["bash", "-c", 'printf %q "$1"', "-", text], capture_output=True, check=True
    ).stdout.decode()
    words = subprocess.run(
        ["bash", "-c", f"printf %s {bash_quoted(text, '')}; printf '\\n%s' {quoted}"],
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert words == f"{text}\n{text}"
