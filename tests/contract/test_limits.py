"""Too little memory and too few open files: one sentence at every level, never a traceback."""

import json
import os
import pwd
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from connectors_cli.errors import shortage

pytestmark = pytest.mark.slow

FILES = ("-n", resource.RLIMIT_NOFILE, (5, 7, 8))
MEMORY = ("-v", resource.RLIMIT_AS, (40_000, 72_000, 80_000))
COMMANDS = (
    "list --json",
    "get blog application_password --reveal",
    "log --verify",
    "export --all",
    "edit blog --tag new",
)


def limited(which, limit, *line):
    """Run the program with a limit of its own, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "connectors_cli", *line],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(which, (limit, limit)),
    )


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("limits", [FILES, MEMORY], ids=["files", "memory"])
def test_any_limit_is_told_in_one_sentence(blog, command, limits):
    _, which, values = limits
    for value in values:
        done = limited(
            which, value if which == resource.RLIMIT_NOFILE else value * 1024, *command.split()
        )
        assert "Traceback" not in done.stderr
        assert "bug" not in done.stderr
        if done.returncode:
            assert done.returncode == 1
            said = (
                json.loads(done.stderr)["error"]["message"] if "--json" in command else done.stderr
            )
            assert "too many open files" in said or "not enough memory" in said


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        OSError(12, "x"),
        ImportError("libz.so.1: failed to map segment from shared object"),
        ImportError("_ssl.so: cannot open shared object file: Too many open files"),
        RuntimeError("can't start new thread"),
    ],
    ids=repr,
)
def test_a_shortage_is_known_behind_any_error(error):
    assert shortage(error) is not None
    outer = ValueError("of something else")
    outer.__cause__ = error
    assert shortage(outer) is not None


def test_other_errors_are_no_shortage():
    assert shortage(ImportError("No module named x")) is None
    assert shortage(OSError(2, "missing")) is None


@pytest.fixture
def nameless(monkeypatch):
    def missing(_):
        raise KeyError("uid not found")

    monkeypatch.setattr(pwd, "getpwuid", missing)


def test_a_failed_look_up_of_the_user_is_no_new_principal(run, blog, settings, nameless):
    assert run("list", "-o", "names").out == "blog\n"  # known by number
    with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
        db.execute("DELETE FROM store_meta WHERE key LIKE 'uid:%'")
    done = run("list", "-t", "other")
    assert done.code == 1
    assert f"the name of user {os.getuid()} cannot be looked up" in done.err
    assert run("list").code == 1
    assert run("edit", "blog", "--tag", "x").code == 1


def test_a_store_made_without_a_name_belongs_to_its_user_with_one(run, isolated, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(pwd, "getpwuid", lambda _: {}["missing"])
        assert run("init").code == 0
        assert run("member", "list", "-o", "names").out == f"uid-{os.getuid()}\n"
    assert json.loads(run("whoami", "-o", "json").out)["role"] == "owner"
    assert run("tenant", "list", "-o", "names").out == "default\n"
    assert run("member", "add", "bob", "--role", "viewer").code == 0
