"""The life of the interface: from a terminal that can show it to one that is as it was."""

import os
import signal
import sys
from collections.abc import Mapping

from textual.worker import WorkerFailed

from connectors_cli.settings import Settings
from connectors_cli.ui.app import ConnectorsApp
from connectors_cli.ui.session import Session

_ENDING = ("SIGTERM", "SIGHUP")
_LIGHT = frozenset({"7", "9", "10", "11", "12", "13", "14", "15"})
"""Light colours of the 16, as the background in COLORFGBG."""


def run_interface(settings: Settings, tab: str, color: str = "auto") -> int:
    """Show the interface until the person leaves it, or a signal ends it; return the exit code.

    A change that runs is finished first. An error in the interface itself is raised once the
    terminal is as it was before.
    """
    session = Session(settings)
    if color == "never":
        os.environ["NO_COLOR"] = "1"
    app = ConnectorsApp(session, tab, theme_for(os.environ))
    if sys.platform != "win32":
        from connectors_cli.ui.terminal import TerminalDriver

        app.driver_class = TerminalDriver
    for name in _ENDING:
        if (number := getattr(signal, name, None)) is not None:
            app.end_on(number)
    try:
        app.run()
    finally:
        session.finish()
    if app.crash is not None:
        raise _cause(app.crash)
    return app.return_code or 0


def theme_for(environ: Mapping[str, str]) -> str:
    """Return the theme that can be read on a terminal: its own colours where it has few."""
    is_plain = bool(environ.get("NO_COLOR"))
    term = environ.get("TERM", "")
    has_many = "256" in term or "truecolor" in term or environ.get("COLORTERM", "") != ""
    kind = "ansi" if is_plain or not has_many else "textual"
    is_light = environ.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT
    return f"{kind}-light" if is_light else f"{kind}-dark"


def _cause(error: BaseException) -> BaseException:
    """Return the error behind that of a worker."""
    while isinstance(error, WorkerFailed):
        error = error.error
    return error
