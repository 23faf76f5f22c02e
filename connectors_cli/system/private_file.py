"""Private files: readable by their owner only, and written completely or not at all."""

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

from connectors_cli.errors import Conflict, ConnectorsError, StoreError, UsageError

HAS_LOCKS = os.name == "posix"
if HAS_LOCKS:
    import fcntl

FORCE = "choose another file, or replace it with --force"


def write(path: str, chunks: Iterable[str], *, replace: bool = True) -> None:
    """Write text to a file; if anything fails, an existing file is unchanged.

    On Linux the unfinished file has no name, so that a kill leaves at most a whole one under a
    partial name, next to an older file; the next write of that file removes it. Raises Conflict if
    the file exists and `replace` is false, UsageError if the path is not a file, and
    ConnectorsError if it cannot be written.
    """
    check_name(path)
    folder = os.path.dirname(os.path.abspath(path))
    part = partial_name(path)
    _remove_abandoned(folder, os.path.basename(path))
    try:
        descriptor, named = _open(folder, part)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
                if not named and not _named_at_once(file.fileno(), folder, path):
                    _give_name(file.fileno(), folder, part)
                if HAS_LOCKS and os.path.lexists(part):  # while the lock says it is ours
                    rename(part, path, replace=replace)
            if not HAS_LOCKS:
                rename(part, path, replace=replace)
        finally:
            with suppress(OSError):
                os.unlink(part)
        sync(folder)
    except OSError as error:
        raise ConnectorsError(
            f"cannot write {path}: {os.strerror(error.errno or 0)}",
            hint="an existing file is unchanged",
        ) from None


def create_folder(folder: str) -> None:
    """Create a folder and its parents, private to their owner; raises StoreError."""
    try:
        _create_private(folder)
    except OSError as error:
        raise StoreError(
            f"cannot create the folder {folder}: {os.strerror(error.errno or 0)}",
            hint="choose another with CONNECTORS_HOME",
        ) from None
    if not os.access(folder, os.W_OK):
        raise StoreError(
            f"the folder {folder} is not writable for this user",
            hint="choose another with CONNECTORS_HOME",
        )


def _create_private(folder: str) -> None:
    """Create a folder and its parents, private to their owner whatever the umask is."""
    if os.path.isdir(folder):
        return
    _create_private(os.path.dirname(folder))
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if not os.path.isdir(folder):
            raise


def check_new(path: str, *, forcible: bool = False) -> None:
    """Raise Conflict if the path exists."""
    if os.path.lexists(path):
        raise taken(path, FORCE) if forcible else taken(path)


def output_path(given: str | None) -> str | None:
    """Return the path of a file to write, None for standard output (not given, or `-`)."""
    return None if given in {None, "-"} else os.path.expanduser(str(given))


def partial_name(path: str) -> str:
    """Return an unused name in the same folder, for the unfinished file."""
    folder, base = os.path.split(os.path.abspath(path))
    return os.path.join(folder, f".{base}.{secrets.token_hex(4)}.part")


def rename(part: str, path: str, *, replace: bool) -> None:
    """Rename a file; raises Conflict if `path` exists and `replace` is false."""
    if not replace:
        try:
            os.link(part, path)  # unlike a rename, this fails if another process was faster
        except FileExistsError:
            raise taken(path) from None
        except OSError:  # a file system without hard links
            if os.path.lexists(path):
                raise taken(path) from None
        else:
            os.unlink(part)
            return
    os.replace(part, path)


def taken(path: str, hint: str = "choose another file") -> Conflict:
    """Return the error for a path that exists."""
    return Conflict(f"{path} already exists", hint=hint)


def check_name(path: str, hint: str = "choose a new file, or use a pipe without --to") -> None:
    """Raise UsageError if the path exists and is not a regular file."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is not a regular file", hint=hint)


def open_new(path: str) -> int:
    """Create a private file and return its descriptor; fails if the path exists, even as a link."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)


def sync(path: str) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open(folder: str, part: str) -> tuple[int, bool]:
    if sys.platform == "linux" and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):  # a file system without unnamed files
            return _locked(os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o600)), False
    return _locked(open_new(part)), True


def _locked(descriptor: int) -> int:
    """Lock a new file, so that no other process takes it for an abandoned one."""
    lock(descriptor, wait=True)
    return descriptor


def lock(descriptor: int, *, wait: bool) -> bool:
    """Lock a file against other processes until it is closed; return whether it is locked.

    It is not if another process has it locked and `wait` is false, or without locks.
    """
    if not HAS_LOCKS:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextmanager
def abandoned(file: str) -> Iterator[bool]:
    """Lock a partial file; yield whether its writer has exited, so that it may be removed."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        yield False
        return
    try:
        yield lock(descriptor, wait=False)
    finally:
        os.close(descriptor)


def _named_at_once(descriptor: int, folder: str, path: str) -> bool:
    """Give the finished file its own name, unless there is one of that name; return whether."""
    try:
        _give_name(descriptor, folder, path)
    except FileExistsError:
        return False
    return True


def _remove_abandoned(folder: str, base: str) -> None:
    """Remove what killed processes left of a file: those that no process has locked."""
    if not HAS_LOCKS:
        return
    name = re.compile(rf"\.{re.escape(base)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for part in filter(name.fullmatch, os.listdir(folder)):
            with abandoned(os.path.join(folder, part)) as is_ours:
                if is_ours:
                    os.unlink(os.path.join(folder, part))


def _give_name(descriptor: int, folder: str, part: str) -> None:
    # os.link follows the link in /proc only when it gets a folder's descriptor.
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        name = os.path.basename(part)
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=place, follow_symlinks=True)
    finally:
        os.close(place)
