"""The key on a machine without an OS keyring: offered before the form, chosen, remembered."""

import json
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from connectors_cli.cli.prompts.menu import GUARD_SECONDS
from connectors_cli.vault.seal import new_key

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
WORDPRESS = ("install", "wordpress", "--name", "blog", "--activate")
SITE = ("--set", "site_url=https://blog.example.com", "--set", "username=alice")


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("P", "canary canary canary")


@pytest.fixture
def home():
    return Path(os.environ["CONNECTORS_HOME"])


@pytest.fixture
def at_terminal():
    pexpect = pytest.importorskip("pexpect")
    started = []

    def start(*line):
        words = ["-m", "connectors_cli", *line]
        child = pexpect.spawn(
            sys.executable,
            words,
            env={**os.environ, "TERM": "xterm", "PYTHONUTF8": "1"},
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=60,
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def install(run):
    return run(*WORDPRESS, *SITE, "--secret", "application_password=env:P")


@pytest.mark.slow
def test_new_user_gets_from_nothing_to_a_run(at_terminal, spawn, home):
    child = at_terminal(*WORDPRESS, *SITE)
    child.expect_exact("no OS keyring is available")
    child.expect_exact("Where should the encryption key be kept?")
    child.expect_exact("In a file: ")
    time.sleep(4 * GUARD_SECONDS)
    child.send("\r")
    child.expect_exact("readable only by you")
    child.expect_exact("Enter leaves it out")
    child.expect_exact(">")
    child.send("\r")
    child.expect_exact("Application password")
    child.expect_exact(">")
    child.send("canary canary canary\r")
    child.expect_exact("Review")
    child.expect_exact("Esc goes back")
    time.sleep(4 * GUARD_SECONDS)
    child.send("\r")
    child.expect_exact("blog (wordpress): installed, active")
    child.wait()
    done = spawn("run", "blog", "--", "sh", "-c", 'test "$CONNECTOR_APPLICATION_PASSWORD" = "$P"')
    assert done.code == 0
    assert stat.S_IMODE((home / "key").stat().st_mode) == 0o600


@pytest.mark.slow
def test_person_may_leave_before_anything_is_asked(at_terminal, home):
    child = at_terminal(*WORDPRESS)
    child.expect_exact("Where should the encryption key be kept?")
    time.sleep(4 * GUARD_SECONDS)
    child.send("\x1b[B\x1b[B\r")
    child.expect_exact('export CONNECTOR_AUTH_ENCRYPTION_KEY="$(connectors key generate)"')
    child.wait()
    assert child.exitstatus == 130
    assert not home.exists()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["tenant create acme", "apply -f {file}", "import {file}"])
def test_every_command_that_creates_a_store_offers_a_key(at_terminal, home, tmp_path, command):
    file = tmp_path / "c.yaml"
    file.write_text(
        "connectors:\n- {name: f, type: rss, config: {feed_url: 'https://a.example'}}\n"
    )
    child = at_terminal(*command.format(file=file).split(), "--yes")
    child.expect_exact("Where should the encryption key be kept?")
    time.sleep(4 * GUARD_SECONDS)
    child.send("\r")
    child.expect_exact("readable only by you")
    child.wait()
    assert child.exitstatus == 0
    assert (home / "key").exists()


def test_script_is_told_how_to_keep_the_key_in_a_file(run, home):
    done = install(run)
    assert (done.code, "connectors init --key file" in done.err) == (7, True)
    assert run("init").code == 7
    assert not (home / "key").exists()
    assert run("init", "--key", "file").code == 0
    assert install(run).code == 0


def test_key_file_is_remembered_for_its_store_alone(run, home, tmp_path):
    done = run("init", "--key", "file", "--json")
    assert json.loads(done.out)["key_source"] == f"the file {home / 'key'}"
    assert install(run).code == 0
    assert run("get", "blog", "application_password", "--reveal").code == 0
    assert json.loads(run("key", "status", "--json").out)["source"] == f"the file {home / 'key'}"
    assert f"the file {home / 'key'} contains" in run("doctor").out
    assert run("init", "--store", str(tmp_path / "other.db")).code == 7


def test_key_file_may_be_elsewhere_and_exist_already(run, tmp_path):
    file, key = tmp_path / "my key", new_key()
    file.write_text(f"{key.text}\n")
    file.chmod(0o644)
    refused = run("init", "--key", f"file:{file}")
    assert (refused.code, f"chmod 600 '{file}'" in refused.err) == (7, True)
    file.chmod(0o600)
    done = run("init", "--key", f"file:{file}", "--json")
    assert (done.code, json.loads(done.out)["key_id"]) == (0, key.id)


def test_command_is_remembered(run, tmp_path):
    (tmp_path / "k").write_text(new_key().text)
    assert run("init", "--key", f"command:cat {tmp_path / 'k'}").code == 0
    assert install(run).code == 0
    refused = run("init", "--key", "command:false", "--store", str(tmp_path / "b.db"))
    assert refused.code == 7


def test_variable_decides_over_what_is_remembered(run, monkeypatch):
    assert run("init", "--key", "file").code == 0
    monkeypatch.setenv(VARIABLE, new_key().text)
    assert json.loads(run("key", "status", "--json").out)["source"] == VARIABLE
    assert install(run).code == 7
    done = run("init", "--key", "file")
    assert (done.code, f"unset {VARIABLE}" in done.err) == (2, True)


def test_environment_as_source_needs_a_variable(run, monkeypatch):
    assert run("init", "--key", "env").code == 7
    monkeypatch.setenv(VARIABLE, new_key().text)
    assert run("init", "--key", "env").code == 0


def test_another_key_is_refused_for_an_existing_store(run, tmp_path, home):
    assert run("init", "--key", "file").code == 0
    (tmp_path / "k").write_text(f"{new_key().text}\n")
    (tmp_path / "k").chmod(0o600)
    refused = run("init", "--key", f"file:{tmp_path / 'k'}")
    assert (refused.code, "connectors key move" in refused.err) == (6, True)
    assert install(run).code == 0
    moved = run("key", "move", "--to", "file", "--file", str(tmp_path / "moved"))
    assert f"now use it: connectors init --key file:{tmp_path / 'moved'}" in moved.err
    assert run("init", "--key", f"file:{tmp_path / 'moved'}").code == 0
    (home / "key").unlink()
    assert run("get", "blog", "application_password", "--reveal").code == 0


def test_new_key_is_not_made_for_a_store_that_has_one(run, tmp_path, home):
    (tmp_path / "k").write_text(new_key().text)
    assert run("init", "--key", f"command:cat {tmp_path / 'k'}").code == 0
    refused = run("init", "--key", "file")
    assert refused.code == 6
    assert f"connectors key move --to file --file {home / 'key'}" in refused.err
    assert not (home / "key").exists()


def test_rotation_says_how_to_add_a_key_to_the_file(run, home):
    assert run("init", "--key", "file").code == 0
    refused = run("key", "rotate")
    assert refused.code == 7
    assert f"{VARIABLE}_FILE={home / 'key'}; (umask 077;" in refused.err


def test_key_sources_that_others_can_write_are_refused(run, home):
    assert run("init", "--key", "file").code == 0
    (home / "key-sources").chmod(0o622)
    assert f"chmod 600 {home / 'key-sources'}" in run("list").err
    (home / "key-sources").chmod(0o600)
    (home / "key-sources").write_text("nonsense")
    assert run("list").code == 2


def test_unknown_source_is_a_usage_error(run):
    done = run("init", "--key", "safe")
    assert (done.code, "file, file:PATH, keyring, command:COMMAND or env" in done.err) == (2, True)


def test_doctor_says_whether_a_new_store_would_work(run, monkeypatch):
    told = run("doctor")
    assert "no OS keyring is available" in told.out
    assert "connectors init --key file" in told.out
    monkeypatch.setenv(VARIABLE, new_key().text)
    assert "no OS keyring is available" not in run("doctor").out
