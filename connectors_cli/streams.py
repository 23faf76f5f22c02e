"""Standard output and error: never failing on a character, quiet when nobody reads."""

from __future__ import annotations

import errno
import os
import sys
from io import TextIOBase

BROKEN_PIPE = 141


TYPE_CHECKING = False  # see database.py
if TYPE_CHECKING:
    from typing import Any


class _Closed(TextIOBase):
    """Stands for an output that was closed before the program began, for text and for bytes."""

    def write(self, _: object) -> int:
        raise OSError(errno.EBADF, "closed")


def prepare() -> None:
    """Escape what an output's encoding has no character for, instead of failing on it."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def is_closed() -> bool:
    """Tell whether standard output was closed before the program began."""
    return isinstance(sys.stdout, _Closed)


def bytes_of(stream: Any) -> Any:
    """Return what takes the bytes of standard output or error; one that is closed refuses them."""
    return getattr(stream, "buffer", None) or _Closed()


def flush() -> None:
    """Write out what is buffered, so that a full disk or closed pipe is noticed here."""
    sys.stdout.flush()


def silence() -> None:
    """Point standard output at nothing, so that the interpreter does not complain at its end."""
    if not isinstance(sys.stdout, _Closed):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def read_input(limit: int) -> bytes:
    """Return what standard input holds, at most `limit` bytes; nothing when it is closed."""
    return sys.stdin.buffer.read(limit) if sys.stdin is not None else b""


def broken_pipe() -> int:
    """Return the exit code of a program whose reader went away, as `cmd | head` makes it."""
    silence()
    return BROKEN_PIPE
