"""Opens a page in the person's browser."""

import subprocess
import sys

from connectors_cli.detached import detached

_PROGRAM = "import sys, webbrowser; webbrowser.open(sys.argv[1])"


async def show(url: str) -> None:
    """Open a page in the browser that BROWSER names, else the system's; fails without a word.

    A process of its own does it: some browsers run until they are closed, or write to standard
    output, which belongs to whoever reads our results.
    """
    await detached(_open, url)


def _open(url: str) -> None:
    shown = sys.stdout is not None and sys.stdout.isatty()
    subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, url],
        stdout=None if shown else subprocess.DEVNULL,
        check=False,
    )
