"""Standard output and error: never failing on a character, quiet when nobody reads."""

import os
import sys
from io import TextIOBase

BROKEN_PIPE = 141


class _Closed(TextIOBase):
    """Stands for a standard output that was closed before the program began."""

    def write(self, _: str) -> int:
        raise OSError(9, "standard output is closed")


def prepare() -> None:
    """Escape what an output's encoding has no character for, instead of failing on it."""
    if sys.stdout is None:
        sys.stdout = _Closed()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


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
