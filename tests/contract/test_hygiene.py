"""Protection of a process that holds keys, and the effect of a wrong clock."""

import json
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

import pytest

KEY = "CONNECTOR_AUTH_ENCRYPTION_KEY"
DATES = ("1970-01-02 00:00:00", "2001-01-01 00:00:00", "2038-01-20 00:00:00", "2107-01-01 00:00:00")

if sys.platform != "linux":
    pytest.skip("what is refused here is Linux's", allow_module_level=True)


def aborted(folder: Path, *command: str) -> int:
    """Run a command that may dump core and is to abort; return how it ended, as the kernel says."""
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(folder)
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            null = os.open(os.devnull, os.O_RDWR)
            for stream in range(3):
                os.dup2(null, stream)
            os.execv(sys.executable, [sys.executable, *command])
        finally:
            os._exit(99)
    return os.waitpid(pid, 0)[1]


@pytest.fixture
def dumps(tmp_path, monkeypatch):
    """A folder, on a machine where a program that aborts dumps core."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    folder = tmp_path / "cores"
    folder.mkdir()
    status = aborted(folder, "-c", "import os; os.abort()")
    assert os.WTERMSIG(status) == signal.SIGABRT
    if not os.WCOREDUMP(status):
        pytest.skip("no program dumps core here")
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_process_with_a_key_writes_no_core_dump(blog, dumps):
    line = ("run", "blog", "--mask", "always", "--", "sh", "-c", "kill -ABRT $PPID")
    status = aborted(dumps, "-m", "connectors_cli", *line)
    assert os.WTERMSIG(status) == signal.SIGABRT
    assert not os.WCOREDUMP(status)
    assert list(dumps.iterdir()) == []


def test_child_program_keeps_its_core_dump_limit(spawn, blog):
    limit = resource.getrlimit(resource.RLIMIT_CORE)[0]
    shown = "unlimited" if limit == resource.RLIM_INFINITY else str(limit // 1024)
    done = spawn("run", "blog", "--mask", "always", "--", "sh", "-c", "ulimit -c")
    assert done.out.strip() in {shown, str(limit // 512)}, done.err


def test_other_processes_cannot_read_the_environment(as_nobody):
    _, run_as = as_nobody
    look = "cat /proc/$PPID/environ || exit 77"
    done = run_as("run", "blog", "--mask", "always", "--", "sh", "-c", look)
    assert done.code == 77, done.err
    assert "Permission denied" in done.err
    assert os.environ[KEY] not in done.out
    done = run_as("run", "blog", "--mask", "always", "--", "sh", "-c", "cat /proc/self/environ")
    assert (done.code, "CONNECTOR_USERNAME" in done.out) == (0, True), done.err


def test_private_files_can_still_be_written(as_nobody):
    home, run_as = as_nobody
    file = home / "plain.yaml"
    done = run_as("export", "--all", "--secrets", "plain", "--yes", "--to", str(file))
    assert done.code == 0, done.err
    assert "canary-password" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        ["edit", "blog", "--secret", "application_password=env:NEW"],
        ["export", "--all", "--secrets", "sealed", "--passphrase", "env:NEW"],
    ],
)
def test_sealing_before_1970_is_a_clear_error(at, blog, monkeypatch, line):
    monkeypatch.setenv("NEW", "another-password")
    done = at("1969-06-01 00:00:00", *line)
    assert done.returncode == 1, done.stderr
    assert "the system clock is before 1970" in done.stderr
    assert "another-password" not in done.stdout + done.stderr
    assert at("1969-06-01 00:00:00", "list", "-o", "names").stdout == "blog\n"


@pytest.mark.slow
@pytest.mark.parametrize("date", ["1969-06-01 00:00:00", *DATES])
def test_credentials_open_whatever_the_clock(at, blog, date):
    done = at(date, "get", "blog", "application_password", "--reveal")
    assert (done.returncode, done.stdout) == (0, "canary-password\n"), done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("date", DATES)
def test_credentials_sealed_under_a_wrong_clock_open_later(at, run, blog, monkeypatch, date):
    monkeypatch.setenv("NEW", "another-password")
    done = at(date, "edit", "blog", "--secret", "application_password=env:NEW")
    assert done.returncode == 0, done.stderr
    assert run("get", "blog", "application_password", "--reveal").out == "another-password\n"


def test_doctor_reports_a_clock_before_1970(at, blog):
    done = at("1969-06-01 00:00:00", "doctor", "--json")
    found = {item["check"]: item for item in json.loads(done.stdout)["results"]}
    assert done.returncode == 1
    assert found["clock"]["state"] == "failure"
    assert found["events"]["state"] == "warning"
