"""`env`: variables that the real shells read back to the very same values."""

import json
import shutil
import subprocess

import pytest

ODD = "a'b\"c$HOME`id`\\n\\\\ #!%{x} \u2019\tend"
LINES = ODD + "\nsecond line\n\nlast"


@pytest.fixture
def odd(run, monkeypatch) -> str:
    """A connector whose credential is full of what shells act on, in several lines."""
    monkeypatch.setenv("ODD", LINES)
    done = run("install", "medium", "--yes", "--keep-newline", "-S", "integration_token=env:ODD")
    monkeypatch.delenv("ODD")
    assert done.code == 0, done.err
    return "medium"


def read_back(shell: list[str], script: str) -> str:
    done = subprocess.run([*shell, script], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "dash"])
def test_a_posix_shell_reads_the_values_back(run, odd, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = run("env", odd).out + 'printf %s "$CONNECTOR_INTEGRATION_TOKEN"'
    assert read_back([shell, "-c"], script) == LINES


def test_fish_reads_the_values_back(run, odd):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = run("env", odd, "--format", "fish").out + 'printf %s "$CONNECTOR_INTEGRATION_TOKEN"'
    assert read_back(["fish", "--no-config", "-c"], script) == LINES


def test_powershell_reads_the_values_back(run, odd):
    if shutil.which("pwsh") is None:
        pytest.skip("PowerShell is not installed")
    script = run("env", odd, "--format", "powershell").out
    script += "[Console]::Out.Write($env:CONNECTOR_INTEGRATION_TOKEN)"
    assert read_back(["pwsh", "-NoProfile", "-Command"], script) == LINES


def test_json_has_the_values_as_they_are(run, odd):
    found = json.loads(run("env", odd, "--format", "json").out)
    assert found == {"CONNECTOR_INTEGRATION_TOKEN": LINES}


def test_github_reads_up_to_a_mark_that_no_value_holds(run, odd):
    head, _, rest = run("env", odd, "--format", "github").out.partition("\n")
    name, _, mark = head.partition("<<")
    assert (name, rest.split(f"\n{mark}\n")[0]) == ("CONNECTOR_INTEGRATION_TOKEN", LINES)


def test_docker_refuses_what_its_file_cannot_hold(run, odd):
    done = run("env", odd, "--format", "docker")
    assert (done.code, "several lines" in done.err, ODD in done.err) == (3, True, False)


def test_dotenv_is_single_quoted_with_quotes_and_backslashes_escaped(run, odd):
    line = run("env", odd, "--format", "dotenv").out
    inner = line.partition("='")[2].rpartition("'")[0]
    assert inner.replace("\\'", "'").replace("\\\\", "\\") == LINES


def test_a_terminal_is_refused_without_yes(odd):
    pexpect = pytest.importorskip("pexpect")
    import sys

    line = ["-m", "connectors_cli", "env", odd]
    child = pexpect.spawn(sys.executable, line, timeout=20, encoding="utf-8")
    child.expect(pexpect.EOF)
    child.close()
    assert (child.exitstatus, "second line" in child.before) == (2, False)
