"""Which file system a store lies on, and how much room it has."""

import os
import shutil
import sys
from collections.abc import Iterator

from connectors_cli.diagnosis.findings import Finding

_MOUNTS = "/proc/self/mountinfo"
# Several machines can have these at a time; SQLite's log is shared memory of one.
NETWORK = frozenset({
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs",
    "ncpfs", "ncp", "davfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.davfs2",
    "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.smbnetfs", "beegfs", "ocfs2", "gfs2",
})  # fmt: skip
FLEETING = frozenset({"tmpfs", "ramfs"})
ROOM = 64 * 1024 * 1024


def check_disk(folder: str, size: int) -> Iterator[Finding]:
    """Yield what is found of the file system below a folder that holds a store of a size."""
    if sys.platform == "linux":
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:
            yield check_kind(file_system(os.path.realpath(folder), mounts.read()))
    else:
        yield Finding("file system", "skipped", "its kind is not looked for on this system")
    free = shutil.disk_usage(folder).free
    text = f"{free // (1024 * 1024)} MiB free"
    if free < max(ROOM, 3 * size):
        yield Finding("disk space", "warning", text, "free some: df -h")
    else:
        yield Finding("disk space", "ok", text)


def check_kind(kind: str) -> Finding:
    """Return what a kind of file system means for a store."""
    elsewhere = "put the store on a disk of this machine: CONNECTORS_HOME=PATH"
    if kind in NETWORK:
        what = (
            f"the store is on {kind}, a network file system: SQLite's log works within one machine"
            " only, and two that write destroy the store"
        )
        return Finding("file system", "warning", what, f"{elsewhere}, or use PostgreSQL")
    if kind in FLEETING:
        what = f"the store is on {kind}, which is empty after a restart"
        return Finding("file system", "warning", what, elsewhere)
    return Finding("file system", "ok", kind)


def file_system(path: str, mounts: str) -> str:
    """Return the kind of the file system that a path is on, from the text of mountinfo."""
    best, kind = "", "unknown"
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        place = _unescape(before.split(" ")[4])
        inside = place in {"/", path} or path.startswith(place + "/")
        if inside and len(place) >= len(best):  # of two on one place, the later one hides the other
            best, kind = place, after.split(" ")[0]
    return kind


def _unescape(place: str) -> str:
    for code, char in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        place = place.replace(code, char)
    return place
