"""The pager for output that is longer than the screen, as in git."""

import io
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

from connectors_cli.cli.context import CommandContext
from connectors_cli.cli.render.console import console_for
from connectors_cli.system import programs

_LESS = "FRX"
"""Options of less, as git sets them: end if it fits, show colors, leave the text on the screen."""


@contextmanager
def paged(context: CommandContext) -> Iterator[None]:
    """Show what is written to standard output in a pager as soon as it is longer than the screen.

    The pager is that of CONNECTORS_PAGER, the configuration file or PAGER, else less; it gets no
    key and no store. In a pipe, for programs, with --no-pager and where nobody can press keys, all
    is written as it is.
    """
    out = sys.stdout
    if not context.may_page:
        yield
        return
    height = console_for(context, out).height
    with ExitStack() as stack:
        paper = _Paper(out, height, context, stack)
        sys.stdout = paper
        try:
            yield
            paper.finish()
        except BrokenPipeError:
            if not paper.is_paged:  # else somebody has read enough
                raise
        finally:
            sys.stdout = out


class _Paper(io.TextIOBase):
    """A stand-in for a terminal that starts a pager once it is full."""

    def __init__(self, out: TextIO, height: int, context: CommandContext, stack: ExitStack) -> None:
        self._out, self._height, self._context, self._stack = out, height, context, stack
        self._waiting: list[str] = []
        self._lines = 0
        self._pipe: io.BufferedWriter | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a property of text streams, too
        return self._out.encoding or "utf-8"

    @property
    def is_paged(self) -> bool:
        """Whether a pager was started."""
        return self._pipe is not None

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._out.fileno()

    def write(self, text: str) -> int:
        if self._pipe is not None:
            self._pipe.write(text.encode(self.encoding, "backslashreplace"))
            return len(text)
        self._waiting.append(text)
        self._lines += text.count("\n")
        if self._lines >= self._height:
            self._start()
        return len(text)

    def flush(self) -> None:
        if self._pipe is not None:
            self._pipe.flush()

    def finish(self) -> None:
        """Write what is short enough to need no pager."""
        if self._pipe is not None:
            self._pipe.flush()
        else:
            self._out.writelines(self._waiting)

    def _start(self) -> None:
        text, self._waiting, self._lines = "".join(self._waiting), [], -sys.maxsize
        try:
            words = shlex.split(self._context.pager)
            environ = {"LESS": _LESS, **self._context.environ}
            self._pipe = self._stack.enter_context(programs.fed(words, environ))
        except (OSError, ValueError):  # it is missing, or its quotes are not closed
            self._out.write(text)
            self._out.flush()
        else:
            self.write(text)
