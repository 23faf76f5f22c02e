"""Audit first: what cannot be recorded is not shown, run or exported."""

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="limits the size of files")

LINES = {
    "get": ["get", "blog", "application_password", "--reveal"],
    "run": ["run", "blog", "--mask", "never", "--", "printenv"],
    "env": ["env", "blog"],
    "export": ["--yes", "export", "--all", "--secrets", "plain"],
}


def nothing_can_be_written():
    """Let no file grow: the disk is full for this process, and pipes are not."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))


def told(line, **options):
    done = subprocess.run(
        [sys.executable, "-m", "connectors_cli", *line],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_value_is_printed_if_its_event_is_written(line, blog):
    code, out, _ = told(line)
    assert code == 0
    assert "canary-password" in out


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_value_is_not_printed_if_its_event_cannot_be_written(line, blog):
    code, out, err = told(line, preexec_fn=nothing_can_be_written)
    assert code == 1
    assert out == ""
    assert "canary" not in err
    assert "Traceback" not in err
    assert "the store" in err


def test_program_is_not_started_if_its_use_cannot_be_recorded(blog, tmp_path):
    made = tmp_path / "made"
    line = ["run", "blog", "--", "mkdir", str(made)]
    assert told(line, preexec_fn=nothing_can_be_written)[0] == 1
    assert not made.exists()
    assert told(line)[0] == 0
    assert made.exists()
