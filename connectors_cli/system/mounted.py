"""Secrets that a platform mounts as files: Docker and Podman, Kubernetes, systemd credentials."""

import os
import stat

_FOLDERS = ("/run/secrets", "/var/run/secrets", "/run/credentials")
_KUBERNETES = "..data"
"""The link in a folder of Kubernetes to the files of now; each file is a link through it."""
HINT = (
    "secrets of Docker, Kubernetes and systemd are accepted as they are mounted: in /run/secrets,"
    " $CREDENTIALS_DIRECTORY, or on a file system that is mounted read-only"
)


def is_mounted(path: str) -> bool:
    """Return whether a file is a secret that a platform mounted, which has its own modes and links.

    It belongs to root or to us, and nobody else can change it.
    """
    if os.name != "posix":
        return False
    try:
        folder = os.path.dirname(os.path.abspath(path))
        found = os.stat(path)
        is_read_only = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except (OSError, ValueError):
        return False
    if not stat.S_ISREG(found.st_mode) or found.st_uid not in {0, os.geteuid()}:
        return False
    if is_read_only:
        return True
    is_unchanged = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return is_unchanged and (_is_known(folder) or _is_kubernetes(folder))


def _is_known(folder: str) -> bool:
    given = os.environ.get("CREDENTIALS_DIRECTORY", "")
    known = (*_FOLDERS, os.path.abspath(given)) if os.path.isabs(given) else _FOLDERS
    return any(folder == one or folder.startswith(f"{one}/") for one in known)


def _is_kubernetes(folder: str) -> bool:
    """Return whether a folder has the links of Kubernetes, and they are root's or ours."""
    try:
        link = os.lstat(os.path.join(folder, _KUBERNETES))
    except OSError:
        return False
    return stat.S_ISLNK(link.st_mode) and link.st_uid in {0, os.geteuid()}
