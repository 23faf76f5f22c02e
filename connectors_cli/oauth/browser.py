"""Opens a page in the person's browser."""

import subprocess
import sys
import threading
from contextlib import suppress

# Ctrl-C in our terminal ends our waiting, not a browser that was just started.
_PROGRAM = """
import signal, sys, webbrowser
signal.signal(signal.SIGINT, signal.SIG_IGN)
webbrowser.open(sys.argv[1])
"""


def show(url: str) -> None:
    """Open a page in the browser that BROWSER names, else the system's; never waits, never fails.

    A process of its own does it: some browsers run until they are closed, or write to standard
    output, which belongs to whoever reads our results.
    """
    threading.Thread(target=_open, args=(url,), daemon=True).start()


def _open(url: str) -> None:
    shown = sys.stdout is not None and sys.stdout.isatty()
    with suppress(OSError):  # the address was told as well
        subprocess.run(
            [sys.executable, "-I", "-c", _PROGRAM, url],
            stdin=None if shown else subprocess.DEVNULL,
            stdout=None if shown else subprocess.DEVNULL,
            check=False,
        )
