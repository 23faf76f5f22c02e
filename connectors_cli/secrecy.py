"""Keeps what is in this process's memory to itself: no core dump, no look from outside."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_DUMPABLE = 4
_found: list[tuple[int, int]] = []
"""The limit on core dumps that this process began with, once it was lowered."""


def close() -> None:
    """Let no other process of this user read our memory or environment, and dump no core.

    Called before the first key is read. On Linux the kernel then refuses both, also to systems
    that collect dumps; elsewhere the limit on the size of dumps is all there is.
    """
    if _found or sys.platform == "win32":
        return
    import resource

    _found.append(resource.getrlimit(resource.RLIMIT_CORE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, _found[0][1]))
    if sys.platform == "linux":
        import ctypes  # a tenth of what cryptography costs, which is imported with it

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


@contextmanager
def limits_as_found() -> Iterator[None]:
    """Let a program that is started meanwhile dump as much as it might have without us."""
    if not _found:
        yield
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, _found[0])
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (0, _found[0][1]))
