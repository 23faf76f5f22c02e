"""Partial backup files: locked by their writer, removed by the next run if it died."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from connectors_cli.system import private_file

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
    """Remove the partial files in a folder whose writers have exited.

    Without locks nothing is removed, and `doctor` reports old ones.
    """
    with suppress(OSError):
        for name in filter(_NAME.fullmatch, os.listdir(folder)):
            part = os.path.join(folder, name)
            with private_file.abandoned(part) as is_ours:
                if is_ours:
                    remove(part)


def is_abandoned(file: str) -> bool:
    """Return whether a file is a partial backup whose writer has exited."""
    if not _NAME.fullmatch(os.path.basename(file)):
        return False
    with private_file.abandoned(file) as is_ours:
        return is_ours


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
        part = private_file.partial_name(target).removesuffix(".part") + _COPY
        descriptor = private_file.open_new(part)
        if not private_file.HAS_LOCKS:
            os.close(descriptor)
            return part, None
        private_file.lock(descriptor, wait=True)
        if os.path.lexists(part):  # else another process removed it as abandoned
            return part, descriptor
        os.close(descriptor)
