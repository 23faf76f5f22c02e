"""Standard input, output and error: no failure on unencodable characters or a closed pipe."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOBase

from connectors_cli.errors import UsageError

BROKEN_PIPE = 141


TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any


class _Closed(TextIOBase):
    """A stand-in for an output, of text or bytes, that was closed before the program started."""

    def write(self, _: object) -> int:
        raise OSError(errno.EBADF, "closed")


def prepare() -> None:
    """Begin a command: escape characters that an output cannot encode, instead of failing."""
    _TAKEN.clear()
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def is_closed() -> bool:
    """Return whether standard output was closed before the program started."""
    return isinstance(sys.stdout, _Closed)


def bytes_of(stream: Any) -> Any:
    """Return the binary buffer of standard output or error; writing to a closed one fails."""
    return getattr(stream, "buffer", None) or _Closed()


def flush() -> None:
    """Flush standard output, so that a full disk or closed pipe raises here."""
    sys.stdout.flush()


def silence() -> None:
    """Redirect standard output to the null device, so that the interpreter exits quietly."""
    if not isinstance(sys.stdout, _Closed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def read_input(limit: int) -> bytes:
    """Return at most `limit` bytes of standard input; none if it is closed.

    Raises UsageError where a second part of the command wants it: there is nothing left for it.
    """
    if _TAKEN:
        raise UsageError(
            "standard input can be read for one of them only, and - was given twice",
            hint="pass the other as env:VAR or file:PATH",
        )
    _TAKEN.append(True)
    return sys.stdin.buffer.read(limit) if sys.stdin is not None else b""


_TAKEN: list[bool] = []
"""Whether a command has read standard input."""


def broken_pipe() -> int:
    """Silence the output and return the exit code for a closed pipe, as in `cmd | head`."""
    silence()
    return BROKEN_PIPE
