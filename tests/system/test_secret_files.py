"""Secrets as files: private, in memory where that is possible, and gone afterwards."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from connectors_cli.errors import ConnectorsError
from connectors_cli.system.secret_files import secret_files

LOOK = """
import os
path = os.environ["CONNECTOR_APPLICATION_PASSWORD"]
print(path)
print(open(path).read())
"""


@pytest.fixture
def memory(tmp_path):
    folder = tmp_path / "runtime"
    folder.mkdir()
    return folder


def test_files_are_private_and_gone_afterwards(memory):
    key = "-----BEGIN\nline\n-----END"
    with secret_files({"KEY": key, "ONE": "x"}, {"XDG_RUNTIME_DIR": str(memory)}) as paths:
        key_file, one = Path(paths["KEY"]), Path(paths["ONE"])
        assert key_file.parent.parent == memory
        assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
        assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
        assert (key_file.read_text(), one.read_text()) == (f"{key}\n", "x")
    assert list(memory.iterdir()) == []


def test_files_are_gone_after_an_error(memory):
    with (
        pytest.raises(KeyError),
        secret_files({"KEY": "x"}, {"XDG_RUNTIME_DIR": str(memory)}),
    ):
        raise KeyError
    assert list(memory.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setattr("connectors_cli.system.secret_files._memory", lambda _: str(tmp_path / "x"))
    with pytest.raises(ConnectorsError, match="cannot write a temporary file"):
        secret_files({"KEY": "x"}, {}).__enter__()


def test_program_reads_a_credential_from_a_file(spawn, blog, memory):
    line = ("run", blog, "--file", "application_password", "--mask", "never", "--")
    done = spawn(*line, sys.executable, "-c", LOOK, XDG_RUNTIME_DIR=str(memory))
    assert done.code == 0, done.err
    path, text = done.out.split("\n", 1)
    assert (Path(path).parent.parent, text) == (memory, "canary-password\n")
    assert list(memory.iterdir()) == []


def test_what_the_program_reads_is_masked_in_a_pipe(spawn, blog, memory):
    line = ("run", blog, "--file", "application_password", "--")
    done = spawn(*line, sys.executable, "-c", LOOK, XDG_RUNTIME_DIR=str(memory))
    assert "canary" not in done.out
    assert done.out.endswith("***\n")


@pytest.mark.parametrize("only", [["--only", "site_url"], []])
def test_a_field_that_is_a_file_is_chosen(spawn, blog, memory, only):
    line = ("run", blog, *only, "--file", "application_password", "--", "env")
    out = spawn(*line, XDG_RUNTIME_DIR=str(memory)).out
    assert f"CONNECTOR_APPLICATION_PASSWORD={memory}/" in out
    assert "CONNECTOR_SITE_URL=https" in out
    assert ("CONNECTOR_USERNAME" in out) is not bool(only)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="hangups are POSIX's")
def test_a_hangup_that_is_ignored_ends_nothing(memory):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with secret_files({"key": "text"}, {"XDG_RUNTIME_DIR": str(memory)}) as paths:
            signal.raise_signal(signal.SIGHUP)
            assert Path(paths["key"]).read_text() == "text"
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_unknown_field_is_refused(run, blog):
    done = run("run", blog, "--file", "nothing", "--", "true")
    assert (done.code, "no" in done.err and "'nothing'" in done.err) == (5, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_the_program_and_leaves_no_file(blog, memory, name):
    line = ("run", blog, "--file", "application_password", "--", "sleep", "60")
    command = [sys.executable, "-m", "connectors_cli", *line]
    environ = {**os.environ, "XDG_RUNTIME_DIR": str(memory)}
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    deadline = time.monotonic() + 30
    while not list(memory.glob("*/*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(process.pid, getattr(signal, name))
    assert process.wait(30) != 0
    assert list(memory.iterdir()) == []
