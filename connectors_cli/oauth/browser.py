"""The user's web browser."""

import os
import sys
import threading
from contextlib import suppress

from connectors_cli.system import programs

# Ctrl-C in the terminal ends this program, not a browser that was just started.
_PROGRAM = """
import signal, sys, webbrowser
signal.signal(signal.SIGINT, signal.SIG_IGN)
webbrowser.open(sys.argv[1])
"""


def show(url: str) -> None:
    """Open a page in the browser that BROWSER names, else the system's; never wait, never fail.

    A separate process does it, because some browsers run until they are closed, or write to
    standard output, which is for results.
    """
    threading.Thread(target=_open, args=(url,), daemon=True).start()


def _open(url: str) -> None:
    shown = sys.stdout is not None and sys.stdout.isatty()
    with suppress(OSError):  # the address was also printed
        command = [sys.executable, "-I", "-c", _PROGRAM, url]
        programs.detached(command, os.environ, terminal=shown)
