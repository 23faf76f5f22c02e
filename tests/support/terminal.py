"""Work in a pseudo-terminal, forked: without the cost of a program's start for each question."""

import os
import pty
import signal
import sys
import termios
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

from pexpect import fdpexpect

# What a shell shows last: the terminal's modes, and how the work ended.
LAST = 'stty -a; echo "exit $1."'


class ForkedTerminal(fdpexpect.fdspawn):
    """Some work in a terminal of its own; in the end the terminal's modes and the exit code follow.

    The work is a child of the session's leader, as it is of a shell, in just this environment, and
    every warning is an error in it.
    """

    def __init__(
        self,
        work: Callable[[], int],
        environ: Mapping[str, str],
        *,
        rows: int = 24,
        columns: int = 80,
        timeout: float = 8,
    ) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # the runner's threads hold no locks
            self.leader, descriptor = pty.fork()
        if self.leader == 0:
            _lead(work, environ, (rows, columns))
        super().__init__(descriptor, timeout=timeout, encoding="utf-8")
        self.delaybeforesend = None

    def isalive(self) -> bool:
        """Return whether the work or the shell after it is running."""
        return os.waitid(os.P_PID, self.leader, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def close(self) -> None:
        """Close the terminal, which ends what is running there."""
        if self.closed:
            return
        super().close()
        with suppress(ProcessLookupError):
            os.kill(self.leader, signal.SIGKILL)
        os.waitpid(self.leader, 0)


def _lead(work: Callable[[], int], environ: Mapping[str, str], size: tuple[int, int]) -> NoReturn:
    """Lead the session as a shell does: start the work, wait for it and show how it ended."""
    try:
        os.environ.clear()
        os.environ.update(environ)
        termios.tcsetwinsize(0, size)
        child = os.fork()
        if child == 0:
            _work(work)
        for number in (signal.SIGINT, signal.SIGQUIT):  # they are for the work
            signal.signal(number, signal.SIG_IGN)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.execv("/bin/sh", ["sh", "-c", LAST, "sh", str(code if code >= 0 else 128 - code)])
    finally:
        os._exit(99)


def _work(work: Callable[[], int]) -> NoReturn:
    code = 99
    try:
        warnings.resetwarnings()
        warnings.simplefilter("error")
        sys.stdin = os.fdopen(0, encoding="utf-8")
        sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8") for n in (1, 2))
        code = work()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - shown as Python does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
