"""Hints are text to paste: a shell reads a hostile name in them as one word."""

import re
import shlex
import sqlite3
import subprocess
from contextlib import closing

import pytest

from connectors_cli.services import names

NAME = "it's$(touch ran)`touch ran`;touch ran #"
LINES = (
    ("show", f"{NAME}x"),
    ("get", NAME, "nothing"),
    ("get", NAME, "application_password"),
    ("edit", NAME, "--unset", "nothing"),
    ("edit", NAME, "--if-version", "9", "--tag", "x"),
    ("edit", NAME, "--set", "site_url=nowhere"),
    ("install", "medium", "--yes", "--name", NAME, "-S", "integration_token=env:TOKEN"),
    ("auth", "login", NAME),
    ("auth", "login", NAME, "--method", "token"),
    ("remove", NAME, "--purge"),
    ("test", NAME, "--timeout", "1s"),
    ("validate", f"{NAME}x"),
    ("install", "wordpress", "-f", f"{NAME}.json"),
    ("run", NAME, "--only", "nothing", "--", "true"),
    ("env", NAME, "--only", "nothing"),
    ("restore", f"{NAME}x"),
)
AFTER_TAMPERING = (("get", NAME, "application_password", "--reveal"), ("show", NAME), ("doctor",))


@pytest.fixture
def hostile(run, blog, monkeypatch, tmp_path):
    """A connector whose name is from a version that accepted it."""
    monkeypatch.setenv("TOKEN", "canary-token")
    with monkeypatch.context() as older:
        older.setattr(names, "_OF_SHELLS", frozenset())
        assert run("edit", "blog", "--rename", NAME).code == 0
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"{NAME}.json"
    file.write_text('{"site_url": "https://b.example.com", "application_password": "canary-0"}')
    file.chmod(0o644)


def hints_of(done):
    return [line.partition("hint: ")[2] for line in done.err.splitlines() if "hint: " in line]


def check(hints, folder):
    for hint in hints:
        for command in re.findall(r"(?:connectors|chmod) .*", hint):
            words = shlex.split(command.partition(", or ")[0].replace("`", "", 0))
            assert all("touch" not in word or word.startswith(NAME) for word in words), hint
            script = f"connectors() {{ :; }}; chmod() {{ :; }}\n{command}\n"
            subprocess.run(["bash", "-c", script], cwd=folder, check=False, capture_output=True)
            assert not (folder / "ran").exists(), hint


@pytest.mark.sqlite
def test_hints_quote_a_hostile_name(run, hostile, settings, tmp_path):
    found = [hint for line in LINES for hint in hints_of(run(*line))]
    assert sum("touch ran" in hint for hint in found) >= 4, found
    check(found, tmp_path)
    with closing(sqlite3.connect(settings.home + "/store.db")) as db, db:
        db.execute('UPDATE connectors SET config = \'{"site_url": "https://evil"}\'')
    check([hint for line in AFTER_TAMPERING for hint in hints_of(run(*line))], tmp_path)


def test_an_older_name_works_everywhere(run, hostile):
    assert run("show", NAME).code == 0
    assert run("get", NAME, "application_password", "--reveal").code == 0
    assert run("edit", NAME, "--tag", "x").code == 0
    assert run("remove", NAME).code == 0
    assert run("restore", NAME).code == 0
    assert run("edit", NAME, "--rename", "blog").code == 0
