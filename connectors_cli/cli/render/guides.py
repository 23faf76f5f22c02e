"""Shows a guide, formatted on a terminal."""

import sys

from rich.theme import Theme

from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.cli.render.console import console_for
from connectors_cli.services.output import Guide

WIDEST = 100
"""Columns: longer lines are hard to read."""
_THEME = Theme({"markdown.code": "bold cyan"})  # Rich's own is on black, also where that is ugly


def show_guide(guide: Guide, run: CommandContext) -> int:
    """Show a guide; return the exit code. In a pipe, and for a program, it is plain Markdown."""
    if not is_terminal(sys.stdout) or run.row_output not in {"cards", "table"}:
        sys.stdout.write(guide.text)
        return 0
    from rich.markdown import Markdown  # with Pygments: only here

    console = console_for(run, sys.stdout)
    with console.capture() as captured, console.use_theme(_THEME):
        shown = Markdown(guide.text, code_theme="ansi_dark")
        console.print(shown, width=min(console.width, WIDEST))
    sys.stdout.write(captured.get())
    return 0
