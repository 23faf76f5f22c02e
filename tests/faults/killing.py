"""Kills a process before its n-th system call that changes a file, or after some time."""

import ctypes
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from support.processes import finish, fork

CHANGES = "pwrite64,write,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,mkdir"
PR_SET_PTRACER, ANY = 0x59616D61, -1


@cache
def can_trace() -> bool:
    """Return whether strace is installed and allowed to trace processes."""
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-qq", "-o", os.devnull, "-e", "trace=none", "true"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def changes_of(work: Callable[[], int], folder: Path) -> list[str]:
    """Do some work to its end; return the names of the system calls that changed files."""
    log = folder / "calls"
    code = traced(work, ("-o", str(log)))
    if code:
        raise AssertionError(f"the work ended with {code}")
    lines = log.read_text(errors="replace").splitlines()
    log.unlink()
    return [line.partition("(")[0] for line in lines if not line.startswith(("---", "+++"))]


def kill_at_call(
    work: Callable[[], int],
    calls: Sequence[str],
    number: int,
    out: str = os.devnull,
    signal_name: str = "KILL",
) -> int:
    """Do some work and end it at a call, by its number among all; return its exit code.

    strace counts the calls of each name apart.
    """
    name = calls[number - 1]
    kill = f"inject={name}:signal={signal_name}:when={calls[:number].count(name)}"
    return traced(work, ("-o", os.devnull, "-e", kill), name, out=out)


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
    """Do some work in a process traced from its start; return its exit code."""
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
