"""Half-made copies of stores: held while their maker lives, and cleared away by the next one."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors_cli.private_file import open_new, part_of

_HAS_LOCKS = os.name == "posix"  # elsewhere nothing is cleared away, and doctor tells what is old
if _HAS_LOCKS:
    import fcntl

SIDE_FILES = ("-wal", "-shm", "-journal")
_COPY = ".copy.part"
_NAME = re.compile(r"\..+\.[0-9a-f]{8}" + re.escape(_COPY))


@contextmanager
def making(target: str) -> Iterator[str]:
    """Yield the name of a new file for what is to be a target; under that name it goes at the end.

    What a killed process left of copies in the same folder is removed before. Raises OSError.
    """
    clear(os.path.dirname(os.path.abspath(target)))
    part, descriptor = _held(target)
    try:
        yield part
    finally:
        remove(part)
        os.close(descriptor)  # last: a lock that SQLite has on the file would go with it


def clear(folder: str) -> None:
    """Remove the half-made copies in a folder that nobody is making any more."""
    with suppress(OSError):
        for name in os.listdir(folder):
            part = os.path.join(folder, name)
            with _taken(part) as taken:
                if taken:
                    remove(part)


def is_abandoned(file: str) -> bool:
    """Tell whether a file is a half-made copy whose maker is gone."""
    with _taken(file) as taken:
        return taken


@contextmanager
def _taken(file: str) -> Iterator[bool]:
    """Hold a half-made copy that nobody holds; yield whether it is one."""
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
    except OSError:  # held, or a file system without such locks: nobody clears away there
        return False
    return True


def remove(part: str) -> None:
    """Remove a file that was being made, and what SQLite keeps beside it."""
    for side in ("", *SIDE_FILES):
        if os.path.lexists(part + side):
            os.unlink(part + side)


def _held(target: str) -> tuple[str, int]:
    """Make a file that is locked before anybody can take it for one that was left."""
    while True:
        part = part_of(target).removesuffix(".part") + _COPY
        descriptor = open_new(part)
        if not _HAS_LOCKS:
            return part, descriptor
        _lock(descriptor, fcntl.LOCK_EX)
        if os.path.lexists(part):  # else somebody was quicker, who took it for one that was left
            return part, descriptor
        os.close(descriptor)
