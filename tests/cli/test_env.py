"""The command `env`: real shells read back the very same values."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from connectors_cli.cli import runner_masks
from connectors_cli.cli.env_formats import write_variables
from support.ci import skip_without

ODD = "a'b\"c$HOME`id`\\n\\\\ #!%{x} \u2019\tend"
LINES = ODD + "\nsecond line\n\nlast"


@pytest.fixture
def odd(run, monkeypatch, tmp_path) -> str:
    """A connector whose credential is full of what shells act on, in several lines."""
    monkeypatch.setenv("ODD", LINES)
    schema = tmp_path / "odd.json"
    token = {"integration_token": {"type": "string", "writeOnly": True}}
    schema.write_text(json.dumps({"type": "object", "properties": token}))
    assert run("catalog", "add", schema, "--key", "odd").code == 0
    done = run("install", "odd", "--keep-newline", "-S", "integration_token=env:ODD")
    monkeypatch.delenv("ODD")
    assert done.code == 0, done.err
    return "odd"


def read_back(shell: list[str], script: str) -> str:
    done = subprocess.run([*shell, script], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "dash"])
def test_a_posix_shell_reads_the_values_back(run, odd, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")
    script = run("env", odd).out + 'printf %s "$CONNECTOR_INTEGRATION_TOKEN"'
    assert read_back([shell, "-c"], script) == LINES


def test_fish_reads_the_values_back(run, odd):
    if shutil.which("fish") is None:
        skip_without("fish")
    script = run("env", odd, "--format", "fish").out + 'printf %s "$CONNECTOR_INTEGRATION_TOKEN"'
    assert read_back(["fish", "--no-config", "-c"], script) == LINES


def test_powershell_reads_the_values_back(run, odd):
    if shutil.which("pwsh") is None:
        pytest.skip("needs PowerShell (pwsh)")
    script = run("env", odd, "--format", "powershell").out
    script += "[Console]::Out.Write($env:CONNECTOR_INTEGRATION_TOKEN)"
    assert read_back(["pwsh", "-NoProfile", "-Command"], script) == LINES


def test_json_has_the_values_as_they_are(run, odd):
    found = json.loads(run("env", odd, "--format", "json").out)
    assert found == {"CONNECTOR_INTEGRATION_TOKEN": LINES}


def test_github_delimiter_is_in_no_value(run, odd):
    head, _, rest = run("env", odd, "--format", "github").out.partition("\n")
    name, _, mark = head.partition("<<")
    assert (name, rest.split(f"\n{mark}\n")[0]) == ("CONNECTOR_INTEGRATION_TOKEN", LINES)


def test_docker_format_refuses_values_of_several_lines(run, odd):
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


@pytest.mark.parametrize("char", [chr(n) for n in (1, 27, 127, 0x2028, 0x1F600)])
def test_nushell_format_escapes_what_is_not_printable(char):
    assert write_variables({"A": f'{char}\n"\\$'}, "nushell").startswith('$env.A = "')
    assert "\n" not in write_variables({"A": f"{char}\n"}, "nushell")


def test_nushell_reads_the_values_back(run, odd, tmp_path):
    if shutil.which("nu") is None:
        pytest.skip("needs Nushell (nu)")
    script = (
        run("env", odd, "--format", "nushell").out + "print -n $env.CONNECTOR_INTEGRATION_TOKEN"
    )
    (tmp_path / "script.nu").write_text(script)
    assert read_back(["nu", "--no-config-file"], str(tmp_path / "script.nu")) == LINES


JOB = {"GITHUB_ACTIONS": "true"}
MASKS = [
    "::add-mask::a'b\"c$HOME`id`\\n\\\\ #!%25{x} \u2019\tend",
    "::add-mask::second line",
    "::add-mask::last",
    "::add-mask::" + LINES.replace("%", "%25").replace("\n", "%0A"),
]


def test_every_line_of_a_secret_is_masked_first(spawn, odd):
    done = spawn("env", odd, "--format", "github")
    assert (done.code, done.err.splitlines()) == (0, MASKS)
    assert "::add-mask::" not in done.out
    assert spawn("env", odd, "--format", "sh", **JOB).err == ""


def test_a_job_masks_for_the_program_too_unless_told_never(spawn, odd):
    line = ("run", odd, "--", "true")
    assert spawn(*line, **JOB).err.splitlines() == MASKS
    assert spawn(*line[:2], "--mask", "never", *line[2:], **JOB).err == ""
    assert spawn(*line).err == ""


def test_settings_are_not_masked(spawn, blog):
    assert spawn("env", blog, "--format", "github").err == "::add-mask::canary-password\n"


def test_on_a_terminal_nobody_reads_masks_and_none_is_shown(odd, tmp_path):
    pty = pytest.importorskip("pty")
    outer, inner = pty.openpty()
    command = [sys.executable, "-m", "connectors_cli", "env", odd, "--format", "github"]
    with (tmp_path / "out").open("wb") as out:
        subprocess.run(command, stdout=out, stderr=inner, stdin=subprocess.DEVNULL, check=True)
    os.write(inner, b"end")
    assert os.read(outer, 1000) == b"end"
    assert "second line" in (tmp_path / "out").read_text()


def test_what_is_too_short_is_not_masked():
    assert list(runner_masks._parts("{\n  longer\n}")) == ["longer", "{\n  longer\n}"]
    assert list(runner_masks._parts("pin")) == []
    assert list(runner_masks._parts(" \n ")) == []
