"""Writes a file that only its owner reads: whole, or not at all."""

import os
import secrets
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress

from connectors_cli.errors import Conflict, ConnectorsError, StoreError, UsageError

FORCE = "name another file, or replace it with --force"


def write(path: str, chunks: Iterable[str], *, replace: bool = True) -> None:
    """Write text under a name, in the place of what is there; on any fault nothing has changed.

    Where the system has files without a name (Linux), what is half done has none, so that not even
    a kill leaves it behind. Raises Conflict for what is there and not to be replaced, UsageError
    for a name that is no file's, ConnectorsError for what the disk refuses.
    """
    check_name(path)
    folder = os.path.dirname(os.path.abspath(path))
    part = part_of(path)
    try:
        descriptor, named = _open(folder, part)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
                if not named:
                    _give_name(file.fileno(), folder, part)
            put(part, path, replace=replace)
        finally:
            with suppress(OSError):
                os.unlink(part)
        sync(folder)
    except OSError as error:
        raise ConnectorsError(
            f"{path} was not written: {os.strerror(error.errno or 0)}",
            hint="what was there before, if anything, is unchanged",
        ) from None


def make_folder(folder: str) -> None:
    """Make a folder, and those it stands in, that only their owner enters; StoreError."""
    try:
        _make_private(folder)
    except OSError as error:
        raise StoreError(
            f"cannot make the folder {folder}: {os.strerror(error.errno or 0)}",
            hint="name another with CONNECTORS_HOME",
        ) from None
    if not os.access(folder, os.W_OK):
        raise StoreError(
            f"the folder {folder} is read-only or closed for this user",
            hint="name another with CONNECTORS_HOME",
        )


def _make_private(folder: str) -> None:
    """Make a folder and those it stands in that only their owner enters, whatever the umask."""
    if os.path.isdir(folder):
        return
    _make_private(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def check_new(path: str, *, forcible: bool = False) -> None:
    """Raise Conflict when something has this name already."""
    if os.path.lexists(path):
        raise taken(path, FORCE) if forcible else taken(path)


def part_of(path: str) -> str:
    """Return a name beside a file for what is to be that file: one that nobody has."""
    folder, base = os.path.split(os.path.abspath(path))
    return os.path.join(folder, f".{base}.{secrets.token_hex(4)}.part")


def put(part: str, path: str, *, replace: bool) -> None:
    """Give a file another name; Conflict for one that somebody has, unless it is replaced."""
    if not replace:
        try:
            os.link(part, path)  # unlike a rename, this fails where somebody was quicker
        except FileExistsError:
            raise taken(path) from None
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                raise taken(path) from None
        else:
            os.unlink(part)
            return
    os.replace(part, path)


def taken(path: str, hint: str = "name another file") -> Conflict:
    """Return the error for a name that something has already."""
    return Conflict(f"{path} exists already, and is not overwritten", hint=hint)


def check_name(path: str, hint: str = "name a new file, or leave --to out and use a pipe") -> None:
    """Raise UsageError for a name under which something stands that is no file."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not a file that can be replaced", hint=hint)


def open_new(path: str) -> int:
    """Make a file that only its owner reads, and that is not there yet, not even as a link."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)


def sync(path: str) -> None:
    """Have a file, or a folder's names, on the disk and not only on its way there."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(folder: str, part: str) -> tuple[int, bool]:
    if sys.platform == "linux" and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):  # a file system without them
            return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600), False
    return open_new(part), True


def _give_name(descriptor: int, folder: str, part: str) -> None:
    # Only with a folder's descriptor does os.link follow the link that /proc has here.
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        name = os.path.basename(part)
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=place, follow_symlinks=True)
    finally:
        os.close(place)
