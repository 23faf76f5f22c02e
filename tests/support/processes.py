"""Command lines in forked processes, which start fast and can be killed."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from connectors_cli.__main__ import main


def fork(work: Callable[[], int], out: str = os.devnull, err: str = os.devnull) -> int:
    """Start work in a forked process; return its id.

    What it raises is shown among the captured output of the test, and ends it with 99.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the runner's threads hold no locks
        pid = os.fork()
    if pid == 0:
        code, ours = 99, os.dup(2)
        try:
            for stream, name in enumerate((os.devnull, out, err)):
                os.dup2(os.open(name, os.O_RDWR | os.O_CREAT, 0o600), stream)
            # A stream of a process that was forked itself must not close these when it goes.
            sys.stdin = os.fdopen(0, closefd=False)
            sys.stdout = os.fdopen(1, "w", closefd=False)
            sys.stderr = os.fdopen(2, "w", closefd=False)
            code = work()
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException:
            os.write(ours, traceback.format_exc().encode())
            raise
        finally:
            os._exit(code)
    return pid


def finish(pid: int) -> int:
    """Wait for a process; return its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def together(works: list[Callable[[], int]]) -> list[int]:
    """Run all work at the same time; return the exit codes."""
    ready, go = os.pipe()

    def held(work: Callable[[], int]) -> Callable[[], int]:
        def run() -> int:
            os.close(go)
            os.read(ready, 1)
            return work()

        return run

    children = [fork(held(work)) for work in works]
    os.close(go)
    codes = [finish(child) for child in children]
    os.close(ready)
    return codes


def run_forked(folder: Path, *line: str) -> SimpleNamespace:
    """Run a command line in a forked process; the result has code, out and err."""
    files = [folder / "forked.out", folder / "forked.err"]
    code = finish(fork(lambda: main(list(line)), *map(str, files)))
    done = SimpleNamespace(code=code, out=files[0].read_text(), err=files[1].read_text())
    for file in files:
        file.unlink()
    return done
