"""Results that repeat: redrawn on a terminal, one after the other in a pipe."""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from connectors_cli.cli import conversion
from connectors_cli.cli.context import CommandContext, is_terminal
from connectors_cli.cli.render import machine
from connectors_cli.cli.render.console import console_for
from connectors_cli.services.output import Watched
from connectors_cli.store.read.rows import Rows

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def show_watched(watched: Watched, context: CommandContext) -> int:
    """Show each round as it ends, until Ctrl-C; return the exit code of the last.

    With `only_changes` a round that looks like the one before is not shown.
    """
    out, code, before = sys.stdout, 0, None
    try:
        for result in watched.rounds:
            with _collected(out) as paper:
                code = _show(result, context)
            text = paper.getvalue()
            if text != before or not watched.only_changes:
                out.write(_drawn(text, context) if _redraws(context) else text)
                out.flush()
            before = text
    except KeyboardInterrupt:
        return 130
    return code


def _redraws(context: CommandContext) -> bool:
    return is_terminal(sys.stdout) and context.is_for_people


def _drawn(text: str, context: CommandContext) -> str:
    """Return a round for an empty screen: what fits of it, and when it was."""
    lines, height = text.splitlines(), console_for(context, sys.stdout).height
    left = len(lines) - (height - 2)
    if left > 0:
        lines = [*lines[: height - 3], f"... and {left + 1} more lines"]
    return f"{_CLEAR}{time.strftime('%H:%M:%S')}  Ctrl-C ends\n" + "\n".join(lines) + "\n"


def _show(result: Any, context: CommandContext) -> int:
    """Show one round; JSON as lines, since one array would never end."""
    if context.is_converted:
        with conversion.converted(context.jq):
            return _shown(result, context)
    return _shown(result, context)


def _shown(result: Any, context: CommandContext) -> int:
    output = "jsonl" if context.output == "json" and not context.is_converted else None
    if not isinstance(result, Rows):
        from connectors_cli.cli.render.checks import show_checks

        return show_checks(result, context, output)
    if output is not None:
        machine.write_rows(result, context, output)
        return 0
    from connectors_cli.cli.render.tables import show_rows

    return show_rows(result, context)


class _Sheet(io.StringIO):
    """Text that is collected for a terminal or pipe, and looks like it."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a property of text streams, too
        return self._out.encoding or "utf-8"

    def isatty(self) -> bool:
        return self._out.isatty()


@contextmanager
def _collected(out: TextIO) -> Iterator[_Sheet]:
    sheet = _Sheet(out)
    sys.stdout = sheet
    try:
        yield sheet
    finally:
        sys.stdout = out
