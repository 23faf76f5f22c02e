"""Partial backup files: locked by their writer, removed by the next run if it died."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors_cli.system.private_file import open_new, partial_name

_HAS_LOCKS = os.name == "posix"  # elsewhere nothing is removed, and doctor reports old ones
if _HAS_LOCKS:
    import fcntl

SIDE_FILES = ("-wal", "-shm", "-journal")
_COPY = ".copy.part"
_NAME = re.compile(r"\..+\.[0-9a-f]{8}" + re.escape(_COPY))


@contextmanager
def partial_file(target: str) -> Iterator[str]:
    """Yield the path of a new, locked file next to `target`; remove it at the end.

    Partial files that killed processes left in the same folder are removed first. Raises OSError.
    """
    clear(os.path.dirname(os.path.abspath(target)))
    part, descriptor = _create(target)
    try:
        yield part
    finally:
        remove(part)
        if descriptor is not None:  # last, as closing it would end the locks of SQLite on the file
            os.close(descriptor)


def clear(folder: str) -> None:
    """Remove the partial files in a folder whose writers have exited."""
    with suppress(OSError):
        for name in os.listdir(folder):
            part = os.path.join(folder, name)
            with _locked(part) as is_ours:
                if is_ours:
                    remove(part)


def is_abandoned(file: str) -> bool:
    """Return whether a file is a partial backup whose writer has exited."""
    with _locked(file) as is_ours:
        return is_ours


@contextmanager
def _locked(file: str) -> Iterator[bool]:
    """Lock a partial file; yield whether it is one that no process has locked."""
    if not _HAS_LOCKS or not _NAME.fullmatch(os.path.basename(file)):
        yield False
        return
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        yield False
        return
    try:
        yield _lock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how)
    except OSError:  # locked, or a file system without locks, where nothing is removed
        return False
    return True


def remove(part: str) -> None:
    """Remove a partial file, and the files of SQLite next to it."""
    for side in ("", *SIDE_FILES):
        if os.path.lexists(part + side):
            os.unlink(part + side)


def _create(target: str) -> tuple[str, int | None]:
    """Create a file and lock it before another process takes it for an abandoned one.

    Without locks it is not kept open, because Windows cannot rename open files.
    """
    while True:
        part = partial_name(target).removesuffix(".part") + _COPY
        descriptor = open_new(part)
        if not _HAS_LOCKS:
            os.close(descriptor)
            return part, None
        _lock(descriptor, fcntl.LOCK_EX)
        if os.path.lexists(part):  # else another process removed it as abandoned
            return part, descriptor
        os.close(descriptor)
