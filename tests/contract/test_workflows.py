"""The workflows in .github: fixed versions of actions, and targets that the Makefile has."""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from connectors_cli.vault.seal import new_key

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
ACTION = ROOT / ".github" / "actions" / "setup-connectors" / "action.yml"
GUIDE = ROOT / "connectors_cli" / "guide" / "ci.md"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="a source package has no .github")


def steps(file):
    read = yaml.safe_load(file.read_text())
    if "runs" in read:
        return read["runs"]["steps"]
    jobs = read["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_ci_runs_all_that_must_pass():
    commands = {step.get("run") for step in steps(FOLDER / "ci.yml")}
    assert {".ci/run", "make build", "make reproducible", "make sbom"} <= commands


@pytest.mark.parametrize("file", [*FILES, ACTION], ids=lambda file: file.stem)
def test_actions_are_fixed_to_a_full_version(file):
    used = [step["uses"] for step in steps(file) if "uses" in step]
    assert used
    assert not [name for name in used if not re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", name)]


@pytest.mark.parametrize("file", [*FILES, ROOT / ".ci" / "run"], ids=lambda file: file.stem)
def test_make_targets_exist(file):
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    called = set(re.findall(r"\bmake ([a-z-]+)", file.read_text()))
    assert called <= made


@pytest.fixture
def programs(tmp_path):
    """A folder in which `connectors` is a program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "connectors"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m connectors_cli "$@"\n')
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def block(head):
    found = re.search(rf"^```{head}\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def sites(tmp_path):
    """The file of connectors that the guide shows."""
    found = re.search(
        r"^```yaml sites.yaml\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "sites.yaml").write_text(found[1])
    return tmp_path / "sites.yaml"


SECRETS = {"BLOG_PASSWORD": "canary-password", "NEWS_SECRET": "canary-secret"}


def bash(command, **environ):
    line = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return subprocess.run(line, env=environ, capture_output=True, text=True, check=True)


@pytest.mark.slow
def test_the_action_gives_the_job_a_key_and_applies_a_file(tmp_path, programs, sites):
    key, variables = new_key().text, tmp_path / "variables"
    given = {"${{ inputs.key }}": key, "${{ inputs.store }}": "", "${{ inputs.file }}": str(sites)}
    job = {"PATH": programs, "RUNNER_TEMP": str(tmp_path), "GITHUB_ENV": str(variables)}
    job |= {"GITHUB_ACTIONS": "true", "CI": "true", "HOME": str(tmp_path / "user")}
    *_, prepare, apply = [step for step in steps(ACTION) if "run" in step]
    prepared = bash(prepare["run"], **job, **{n: given[v] for n, v in prepare["env"].items()})
    assert prepared.stdout == f"::add-mask::{key}\n"
    job |= dict(line.split("=", 1) for line in variables.read_text().splitlines())
    mode = os.stat(job["CONNECTORS_HOME"] + "/key").st_mode
    assert stat.S_IMODE(mode) == 0o600
    applied = bash(apply["run"], **job, **SECRETS, FILE=given[apply["env"]["FILE"]])
    assert applied.stdout.endswith("2 created\n")
    ran = bash("connectors run blog -- sh -c 'echo $CONNECTOR_APPLICATION_PASSWORD'", **job)
    assert ran.stdout == "***\n"
    assert ran.stderr == "::add-mask::canary-password\n"


@pytest.mark.slow
def test_the_container_of_the_guide_applies_the_file_and_runs_the_program(
    tmp_path, programs, sites
):
    lines = dict(re.findall(r"^(ENTRYPOINT|CMD) (.*)$", block("dockerfile"), re.MULTILINE))
    words = [*json.loads(lines["ENTRYPOINT"]), *json.loads(lines["CMD"])]
    (tmp_path / "publish.sh").write_text('echo "to $CONNECTOR_SITE_URL"\n')
    environ = {"PATH": programs, "HOME": str(tmp_path), "CONNECTORS_HOME": str(tmp_path / "data")}
    environ |= {**SECRETS, "CONNECTOR_AUTH_ENCRYPTION_KEY": new_key().text}
    for said in ("2 created", "2 unchanged"):
        done = subprocess.run(
            words,
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "to https://blog.example.com\n"
        assert said in done.stderr
