"""Kills a process before its n-th system call that changes a file, or after some time."""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from processes import finish, fork

CHANGES = "pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,mkdir"
PR_SET_PTRACER, ANY = 0x59616D61, -1


@cache
def can_trace() -> bool:
    """Tell whether strace is here and allowed to look at processes."""
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-qq", "-o", os.devnull, "-e", "trace=none", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def count_changes(work: Callable[[], int], folder: Path) -> int:
    """Do some work to its end; return how many system calls changed files."""
    log = folder / "calls"
    code = traced(work, ("-o", str(log)))
    if code:
        raise AssertionError(f"the work ended with {code}")
    lines = log.read_text(errors="replace").splitlines()
    log.unlink()
    return sum(not line.startswith(("---", "+++")) for line in lines)


def kill_at_call(work: Callable[[], int], number: int, out: str = os.devnull) -> int:
    """Do some work and kill it before that system call; return its exit code."""
    kill = f"inject={CHANGES}:signal=KILL:when={number}"
    return traced(work, ("-o", os.devnull, "-e", kill), out=out)


def kill_after(work: Callable[[], int], seconds: float, out: str = os.devnull) -> int:
    """Do some work and kill it after that time; return its exit code."""
    child = fork(work, out)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return finish(child)


def traced(
    work: Callable[[], int],
    options: tuple[str, ...],
    calls: str = CHANGES,
    out: str = os.devnull,
) -> int:
    """Do some work in a process that strace looks at from its beginning; return its exit code."""
    ready, go = os.pipe()

    def held() -> int:
        os.close(go)
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANY)
        os.read(ready, 1)
        return work()

    child = fork(held, out)
    os.close(ready)
    command = ["strace", "-qq", *options, "-e", f"trace={calls}", "-p", str(child)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        while not _is_traced(child) and tracer.poll() is None:
            time.sleep(0.001)
        os.close(go)
        return finish(child)


def _is_traced(pid: int) -> bool:
    return "TracerPid:\t0\n" not in Path(f"/proc/{pid}/status").read_text()
