"""Completion of a command line, requested as a shell does."""

import json
import os
import subprocess
import sys

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
    """Complete the last word as a shell does; return the answer and the loaded modules."""
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
