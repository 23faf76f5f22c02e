"""Standard output and error: never failing on a character, quiet when nobody reads."""

import os
import sys

BROKEN_PIPE = 141


def prepare() -> None:
    """Escape what an output's encoding has no character for, instead of failing on it."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Write out what is buffered, so that a full disk or closed pipe is noticed here."""
    if sys.stdout is None:
        raise OSError(9, "standard output is closed")
    sys.stdout.flush()


def silence() -> None:
    """Point standard output at nothing, so that the interpreter does not complain at its end."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def broken_pipe() -> int:
    """Return the exit code of a program whose reader went away, as `cmd | head` makes it."""
    silence()
    return BROKEN_PIPE
