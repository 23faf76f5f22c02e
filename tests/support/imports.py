"""The modules that a command line loads, in a new interpreter."""

import os
import subprocess
import sys

MEASURE = """
import sys
from connectors_cli.__main__ import main
before = set(sys.modules)
code = main(sys.argv[1:])
print(code, *sorted(name.partition(".")[0] for name in sys.modules), file=sys.stderr)
"""


def loaded(*line, **environ):
    """Run a line in a new interpreter; return its exit code and the top modules it loaded."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{MEASURE}", *line],
        capture_output=True,
        text=True,
        env={**os.environ, **environ},
        check=False,
    )
    code, *modules = done.stderr.splitlines()[-1].split()
    return int(code), set(modules)
