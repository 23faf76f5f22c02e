"""The full-screen interface: `ui`."""

from __future__ import annotations

import gc
import os
import sys

from connectors_cli.cli.context import is_terminal
from connectors_cli.errors import UsageError
from connectors_cli.system import memory

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext

TABS = ("catalog", "installed", "activity")


def ui(context: CommandContext, tab: str) -> int:
    """Show the interface until the person leaves it; return the exit code.

    Raises UsageError where no full screen can be shown, or nobody is to be asked.
    """
    if tab not in TABS:
        raise UsageError(f"unknown tab {tab[:20]!r}", hint=f"one of {', '.join(TABS)}")
    _check_terminal(context)
    memory.protect_environment()
    context.close_reader()
    for name in [name for name in os.environ if name.startswith("TEXTUAL")]:
        del os.environ[name]  # they make it write keys to files, or load other code
    gc.disable()  # a quarter of the start; the page enables it once it is there
    from connectors_cli.ui.run import run_interface

    return run_interface(context.settings, tab, context.color_choice)


def _check_terminal(context: CommandContext) -> None:
    """Raise UsageError where no full screen can be shown, or nobody is to be asked."""
    if context.forbids_input:
        why = "nobody is to be asked (--no-input, CONNECTORS_NO_INPUT or CI)"
    elif not context.interactive or not is_terminal(sys.stdout):
        why = "this is no terminal"
    elif context.environ.get("TERM", "") in {"", "dumb"}:
        why = "this terminal cannot show a full screen"
    elif context.asks_for_a_format:
        why = "it has no output format"
    elif not (sys.stderr.encoding or "").lower().replace("-", "").startswith("utf"):
        why = "this terminal is not set to UTF-8"
    else:
        return
    raise UsageError(
        f"the interface cannot be shown: {why}",
        hint="the same from the command line: connectors catalog, list, install, edit, test, log",
    )
