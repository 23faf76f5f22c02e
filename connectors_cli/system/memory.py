"""This process's memory: no core dumps, no access by other processes, and an end without any."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_DUMPABLE = 4
_found: list[tuple[int, int]] = []
"""The limit on core dumps that this process started with, once it is lowered."""


def protect() -> None:
    """Stop other processes of this user from reading our memory or environment; disable core dumps.

    Called before the first key is read. On Linux the kernel refuses both, also to services that
    collect dumps; elsewhere only the size of dumps is limited.
    """
    if _found or sys.platform == "win32":
        return
    import resource

    _found.append(resource.getrlimit(resource.RLIMIT_CORE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, _found[0][1]))
    if sys.platform == "linux":
        import ctypes  # a tenth of the cost of cryptography, which is imported with it

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def protect_environment() -> None:
    """Keep other processes from an environment that holds the key or a server's password."""
    holds_password = "@" in os.environ.get("CONNECTORS_STORE", "")
    if holds_password or "CONNECTOR_AUTH_ENCRYPTION_KEY" in os.environ:
        protect()


def end_quietly() -> None:
    """Let Python's end say nothing: without memory, what runs there fails, too."""
    sys.excepthook = lambda *_: None
    sys.unraisablehook = lambda _: None


@contextmanager
def original_limits() -> Iterator[None]:
    """Restore the limit on core dumps for programs that are started in this context."""
    if not _found:
        yield
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, _found[0])
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (0, _found[0][1]))
