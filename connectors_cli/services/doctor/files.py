"""Checks of a store's folder: permissions, leftover files, lock, backups and file system."""

import os
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from shlex import quote

from connectors_cli.services.doctor.findings import Finding
from connectors_cli.store.backup import partial
from connectors_cli.store.backup.partial import SIDE_FILES

OLD = 3600.0
"""The age in seconds after which a partial file is abandoned."""
_MOUNTS = "/proc/self/mountinfo"
# Several machines can mount these at once, but SQLite's log is shared memory of one machine.
NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs",
    "ncpfs", "ncp", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.davfs2",
    "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.smbnetfs", "beegfs", "ocfs2", "gfs2",
})  # fmt: skip
VOLATILE = frozenset({"tmpfs", "ramfs"})
ROOM = 64 * 1024 * 1024
"""The free space in bytes below which there is a warning."""


def check_files(path: str) -> Iterator[Finding]:
    """Yield the findings about a store's folder and its files."""
    folder = os.path.dirname(path)
    files = _store_files(path)
    if os.name == "posix":
        yield from _check_modes(folder, files)
    else:
        yield Finding("permissions", "skipped", "not checked on this system")
    yield _leftovers(path, files)
    yield _lock(path)
    yield _backups(files)


def check_disk(folder: str, size: int) -> Iterator[Finding]:
    """Yield the findings about the file system of a folder with a store of `size` bytes."""
    if sys.platform == "linux":
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:
            yield check_kind(file_system(os.path.realpath(folder), mounts.read()))
    else:
        yield Finding("file system", "skipped", "not checked on this system")
    free = shutil.disk_usage(folder).free
    text = f"{free // (1024 * 1024)} MiB free"
    if free < max(ROOM, 3 * size):
        yield Finding("disk space", "warning", text, "free some space: df -h")
    else:
        yield Finding("disk space", "ok", text)


def check_kind(kind: str) -> Finding:
    """Return the finding about a kind of file system."""
    elsewhere = "put the store on a local disk: CONNECTORS_HOME=PATH"
    if kind in NETWORK:
        what = (
            f"the store is on {kind}, a network file system: SQLite works on one machine only, and"
            " two that write destroy the store"
        )
        return Finding("file system", "warning", what, f"{elsewhere}, or use PostgreSQL")
    if kind in VOLATILE:
        what = f"the store is on {kind}, which is emptied by a restart"
        return Finding("file system", "warning", what, elsewhere)
    return Finding("file system", "ok", kind)


def file_system(path: str, mounts: str) -> str:
    """Return the kind of file system of a path, from the text of mountinfo."""
    best, kind = "", "unknown"
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place = _unescape(before.split(" ")[4])
        inside = place in {"/", path} or path.startswith(place + "/")
        # A later mount hides an earlier one at the same place.
        if inside and len(place) >= len(best):
            best, kind = place, after.split(" ")[0]
    return kind


def _store_files(path: str) -> list[str]:
    folder, base = os.path.split(path)
    own = (base, f".{base}")
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.startswith(own))


def _check_modes(folder: str, files: list[str]) -> Iterator[Finding]:
    bad = 0
    for place in (*_above(folder), folder, *files):
        found = _mode(place, own=place == folder or place in files)
        if found is not None:
            bad += 1
            yield found
    if not bad:
        text = f"the folder and {len(files)} files are private to you"
        yield Finding("permissions", "ok", text)


def _above(folder: str) -> Iterator[str]:
    while (parent := os.path.dirname(folder)) != folder:
        yield parent
        folder = parent


def _mode(place: str, *, own: bool) -> Finding | None:
    try:
        found = os.lstat(place)
    except OSError:
        return None  # deleted in the meantime
    mode = stat.S_IMODE(found.st_mode)
    if own:
        return _own_mode(place, found, mode)
    if mode & 0o022 and not mode & stat.S_ISVTX:
        what = f"others can replace the folders in {place} (mode {mode:04o})"
        return Finding("permissions", "failure", what, f"chmod go-w {quote(place)}")
    return None


def _own_mode(place: str, found: os.stat_result, mode: int) -> Finding | None:
    if stat.S_ISLNK(found.st_mode):
        return None  # a link has no mode, and is refused as a store
    right = "700" if stat.S_ISDIR(found.st_mode) else "600"
    if mode & 0o022:
        what = f"others can change {place} (mode {mode:04o})"
        return Finding("permissions", "failure", what, f"chmod {right} '{place}'")
    if mode & 0o077:
        what = f"others can read {place} (mode {mode:04o})"
        return Finding("permissions", "warning", what, f"chmod {right} '{place}'")
    if found.st_uid != os.geteuid():
        what = f"{place} belongs to another user ({found.st_uid})"
        return Finding("permissions", "warning", what, f"chown {os.geteuid()} {quote(place)}")
    return None


def _leftovers(path: str, files: list[str]) -> Finding:
    own: set[str] = set()
    with suppress(OSError):  # the lock cannot be read: decide by age
        if not _is_locked(path):
            own = {path + half + side for half in (".new", ".part") for side in ("", *SIDE_FILES)}
    partials = [file for file in files if _is_partial(file)]
    left = [f for f in partials if f in own or partial.is_abandoned(f) or _age(f) > OLD]
    if not left:
        return Finding("leftovers", "ok", "no partial files")
    text = f"partial files of an interrupted command: {', '.join(left)}"
    return Finding("leftovers", "warning", text, "rm " + " ".join(map(quote, left)))


def _is_partial(file: str) -> bool:
    for side in SIDE_FILES:
        file = file.removesuffix(side)
    return file.endswith((".new", ".part"))


def _age(file: str) -> float:
    try:
        return time.time() - os.lstat(file).st_mtime
    except OSError:
        return 0.0


def _is_locked(path: str) -> bool:
    """Return whether another process is creating, migrating or restoring the store.

    Raises:
        OSError: the lock file cannot be opened.
    """
    from filelock import FileLock, Timeout

    lock = path + ".lock"
    if not os.path.exists(lock):
        return False
    try:
        with FileLock(lock, timeout=0, mode=0o600):
            return False
    except Timeout:
        return True


def _lock(path: str) -> Finding:
    try:
        held = _is_locked(path)
    except OSError as error:
        text = f"not checked: {os.strerror(error.errno or 0)}"
        return Finding("lock", "skipped", text)
    if held:
        text = "the store is being created, migrated or restored by another process"
        return Finding("lock", "warning", text, f"find the process: fuser {quote(path + '.lock')}")
    return Finding("lock", "ok", "free")


def _backups(files: list[str]) -> Finding:
    kept = [file for file in files if ".before-" in file and not _is_partial(file)]
    sizes = sum(os.path.getsize(file) for file in kept if os.path.exists(file))
    hint = "create one: connectors backup FILE"
    if not kept:
        return Finding("backups", "ok", "no automatic backups next to the store", hint)
    newest = max(kept, key=lambda file: -_age(file))
    number = "one automatic backup" if len(kept) == 1 else f"{len(kept)} automatic backups"
    text = f"{number} next to the store ({sizes // 1024} KiB), newest: {newest}"
    return Finding("backups", "ok", text, hint)


def _unescape(place: str) -> str:
    for code, char in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        place = place.replace(code, char)
    return place
