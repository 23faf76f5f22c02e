"""Shell completion: commands, connectors, catalog keys; no key, no keyring, no ORM."""

import json
import os
import subprocess
import sys

import pytest

from connectors_cli.app import COMMANDS

HEAVY = ("sqlmodel", "sqlalchemy", "cryptography", "keyring", "jsonschema", "questionary")
TELL = """
import json, sys
from connectors_cli.__main__ import main
try:
    code = main([])
except SystemExit as left:
    code = left.code
print(json.dumps([name for name in {heavy!r} if name in sys.modules]), file=sys.stderr)
sys.exit(code)
"""


def complete(words, shell="bash", **environ):
    """Complete the last of some words as a shell asks for it; the answer, and what was loaded."""
    line = " ".join(words)
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }
    done = subprocess.run(
        [sys.executable, "-c", TELL.format(heavy=HEAVY)],
        capture_output=True,
        text=True,
        env={**os.environ, **asked[shell], "_CONNECTORS_COMPLETE": f"complete_{shell}", **environ},
        check=False,
    )
    *errors, loaded = done.stderr.splitlines()
    assert (done.returncode, errors) == (0, [])
    return done.stdout, json.loads(loaded)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed(shell):
    answer, loaded = complete(["connectors", ""], shell)
    assert all(name in answer for name in COMMANDS)
    assert loaded == []


@pytest.mark.parametrize(
    ("command", "shell"),
    [
        *(("show", shell) for shell in ("bash", "zsh", "fish")),
        *((command, "bash") for command in ("edit", "remove", "get", "validate", "run", "env")),
    ],
)
def test_connectors_are_completed_without_key_and_orm(stocked, command, shell):
    broken = {"CONNECTOR_AUTH_ENCRYPTION_KEY": "not a key"}
    answer, loaded = complete(["connectors", command, "b"], shell, **broken)
    assert "blog" in answer
    assert "hidden" not in answer
    assert loaded == []


@pytest.mark.parametrize(
    "words", [["install", "wo"], ["catalog", "show", "wo"], ["list", "--type", "wo"]], ids=str
)
def test_catalog_keys_are_completed_with_and_without_a_store(words, stock):
    for environ in ({}, stock):
        answer, loaded = complete(["connectors", *words], **environ)
        assert answer.split() == ["wordpress", "wordpress-com"]
        assert loaded == []


def test_the_tenant_of_the_line_decides(stocked):
    answer, _ = complete(["connectors", "-t", "acme", "show", "h"])
    assert answer.split() == ["hidden"]
    answer, _ = complete(["connectors", "show", "h"])
    assert answer.split() == []


@pytest.mark.parametrize("words", [["-t", "a"], ["list", "--tenant", "a"]], ids=str)
def test_a_tenants_name_is_completed(stocked, words):
    answer, loaded = complete(["connectors", *words])
    assert (answer.split(), loaded) == (["acme"], [])


@pytest.mark.parametrize("words", [["show", "x"], ["edit", ""], ["restore", ""]], ids=str)
def test_nothing_is_completed_and_nothing_made_before_there_is_a_store(words, tmp_path):
    answer, loaded = complete(["connectors", *words])
    assert (answer.strip(), loaded) == ("", [])
    assert not (tmp_path / "home").exists()


def test_a_store_that_is_none_completes_nothing(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "store.db").write_text("not a database at all" * 99)
    answer, _ = complete(["connectors", "show", "b"])
    assert answer.strip() == ""


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["list", "-o", "js"], ["json", "jsonl"]),
        (["list", "--col"], ["--color"]),
        (["help", "e"], ["exit-codes", "environment"]),
        (["list", "--color", "a"], ["auto", "always"]),
    ],
    ids=str,
)
def test_options_and_their_values_are_completed(words, found):
    answer, _ = complete(["connectors", *words])
    assert sorted(answer.split()) == sorted(found)


def test_completion_is_installed(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "connectors_cli", "--install-completion", "bash"],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": str(tmp_path)},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "connectors" in (tmp_path / ".bash_completions" / "connectors.sh").read_text("utf-8")
