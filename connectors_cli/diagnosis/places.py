"""A store's file and what lies beside it: who may read it, and what was left behind."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress

from connectors_cli import parts
from connectors_cli.diagnosis.findings import Finding
from connectors_cli.parts import SIDE_FILES

OLD = 3600.0
"""Seconds after which nobody is still making a file."""


def check_places(path: str) -> Iterator[Finding]:
    """Yield what is found of a store's folder and of the files in it that are the store's."""
    folder = os.path.dirname(path)
    files = _beside(path)
    if os.name == "posix":
        yield from _check_modes(folder, files)
    else:
        yield Finding("permissions", "skipped", "modes are not looked at on this system")
    yield _leftovers(path, files)
    yield _lock(path)
    yield _kept(files)


def _beside(path: str) -> list[str]:
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
        text = f"the folder and {len(files)} files are their owner's alone"
        yield Finding("permissions", "ok", text)


def _above(folder: str) -> Iterator[str]:
    while (parent := os.path.dirname(folder)) != folder:
        yield parent
        folder = parent


def _mode(place: str, *, own: bool) -> Finding | None:
    try:
        found = os.lstat(place)
    except OSError:
        return None  # gone meanwhile
    mode = stat.S_IMODE(found.st_mode)
    if own:
        return _own_mode(place, found, mode)
    if mode & 0o022 and not mode & stat.S_ISVTX:
        what = f"others can put another folder in the place of what is in {place} ({mode:04o})"
        return Finding("permissions", "failure", what, f"chmod go-w '{place}'")
    return None


def _own_mode(place: str, found: os.stat_result, mode: int) -> Finding | None:
    if stat.S_ISLNK(found.st_mode):
        return None  # it has no mode of its own, and is refused as a store
    right = "700" if stat.S_ISDIR(found.st_mode) else "600"
    if mode & 0o022:
        what = f"others can change {place} (mode {mode:04o})"
        return Finding("permissions", "failure", what, f"chmod {right} '{place}'")
    if mode & 0o077:
        what = f"others can read {place} (mode {mode:04o})"
        return Finding("permissions", "warning", what, f"chmod {right} '{place}'")
    if found.st_uid != os.geteuid():
        what = f"{place} is not yours, but of user {found.st_uid}"
        return Finding("permissions", "warning", what, f"chown {os.geteuid()} '{place}'")
    return None


def _leftovers(path: str, files: list[str]) -> Finding:
    own: set[str] = set()
    with suppress(OSError):  # whether one makes them cannot be seen: their age tells
        if not _is_held(path):
            own = {path + half + side for half in (".new", ".part") for side in ("", *SIDE_FILES)}
    half_made = [file for file in files if _is_half_made(file)]
    left = [f for f in half_made if f in own or parts.is_abandoned(f) or _age(f) > OLD]
    if not left:
        return Finding("leftovers", "ok", "nothing half made is left behind")
    text = f"left behind by something that was ended: {', '.join(left)}"
    return Finding("leftovers", "warning", text, "rm " + " ".join(f"'{file}'" for file in left))


def _is_half_made(file: str) -> bool:
    for side in SIDE_FILES:
        file = file.removesuffix(side)
    return file.endswith((".new", ".part"))


def _age(file: str) -> float:
    try:
        return time.time() - os.lstat(file).st_mtime
    except OSError:
        return 0.0


def _is_held(path: str) -> bool:
    """Tell whether somebody makes, migrates or restores a store; OSError where that is not seen."""
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
        held = _is_held(path)
    except OSError as error:
        text = f"not looked at: {os.strerror(error.errno or 0)}"
        return Finding("lock", "skipped", text)
    if held:
        text = "the store is being made, migrated or restored by another process"
        return Finding("lock", "warning", text, f"who has it: fuser '{path}.lock'")
    return Finding("lock", "ok", "nobody makes, migrates or restores the store")


def _kept(files: list[str]) -> Finding:
    kept = [file for file in files if ".before-" in file and not _is_half_made(file)]
    sizes = sum(os.path.getsize(file) for file in kept if os.path.exists(file))
    hint = "make one of your own: connectors backup FILE"
    if not kept:
        return Finding("backups", "ok", "no automatic ones beside the store", hint)
    newest = max(kept, key=lambda file: -_age(file))
    number = "one automatic" if len(kept) == 1 else f"{len(kept)} automatic ones"
    text = f"{number} beside the store ({sizes // 1024} KiB), newest {newest}"
    return Finding("backups", "ok", text, hint)
