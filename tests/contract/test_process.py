"""What the process itself gives away, and what it loads from where it is started."""

import os
import subprocess
import sys

import pytest

VARIABLE = "CONNECTOR_AUTH_ENCRYPTION_KEY"
DUMPABLE = """
import ctypes
from connectors_cli.__main__ import main
main(["list", "-o", "table"])
raise SystemExit(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_a_file_in_the_current_folder_stands_in_for_no_library(tmp_path):
    for name in ("typer", "rich", "keyring", "sqlite3", "json"):
        (tmp_path / f"{name}.py").write_text("open('loaded.txt', 'w').write('ran')\n")
    line = [sys.executable, "-m", "connectors_cli", "list", "-o", "table"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, list(tmp_path.glob("*.txt"))) == (0, [])


@pytest.mark.skipif(sys.platform != "linux", reason="prctl")
@pytest.mark.parametrize(
    ("name", "text", "is_closed"),
    [
        (VARIABLE, "a key", True),
        ("CONNECTORS_STORE", "postgresql://user:password@server/db", True),
        ("CONNECTORS_STORE", "/srv/store.db", False),
    ],
)
def test_the_environment_is_closed_to_others_first_where_it_holds_a_secret(name, text, is_closed):
    environ = {name: value for name, value in os.environ.items() if name != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", DUMPABLE],
        env={**environ, name: text},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == (0 if is_closed else 1)
