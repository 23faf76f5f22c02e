"""The tour of `make demo`: it runs to its end, and calls nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "demo.sh"
PROGRAMS = Path(sys.executable).parent
OFFLINE = ["unshare", "--net", "--map-root-user"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("connectors", path=PROGRAMS), reason="needs connectors"),
]


def offline() -> list[str]:
    """Return what a command begins with to run without a network, where that is allowed."""
    if shutil.which(OFFLINE[0]) is None:
        return []
    refused = subprocess.run([*OFFLINE, "true"], capture_output=True, check=False).returncode
    return [] if refused else OFFLINE


def test_demo_runs_offline_and_ends_with_what_to_type():
    done = subprocess.run(
        [*offline(), "sh", SCRIPT],
        env={**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "connectors catalog",
        "connectors install wordpress",
        "connectors --help",
    ]
