"""Programs that are started: found by absolute path, without our key, and ended as a group.

A command that starts none, or only asks a short one, does without `subprocess` and what it needs.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress

from connectors_cli.system.environment import environment
from connectors_cli.system.memory import original_limits

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    import subprocess
    import threading
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, TypeAlias

    Program: TypeAlias = subprocess.Popen[bytes]

PIPE = -1
"""What `subprocess.PIPE` is, without its import."""
_GRACE_S = 0.3
_FAR_PAST_ANY_END = 64 * 1024
"""How many bytes of a short program's output are read."""


def find(name: str, environ: Mapping[str, str]) -> str:
    """Return the absolute path of a program; of PATH only absolute folders count.

    Raises FileNotFoundError if there is none. A name with a slash is a path already.
    """
    if os.path.dirname(name):
        return os.path.abspath(name)
    found = _which(name, _absolute_path(environ))
    if found is None or not os.path.isabs(found):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return found


def check(name: str, environ: Mapping[str, str]) -> None:
    """Check that a program exists and can be run; raises OSError."""
    path = find(name, environ)
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if os.path.isdir(path) or not os.access(path, os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _which(name: str, path: str) -> str | None:
    """Return what shutil.which does, which costs `run` a tenth of its start to import."""
    if os.name != "posix":
        import shutil

        return shutil.which(name, path=path)
    places = (os.path.join(folder, name) for folder in path.split(os.pathsep) if folder)
    return next((p for p in places if os.access(p, os.X_OK) and not os.path.isdir(p)), None)


def start(words: Sequence[str], environ: Mapping[str, str], **how: Any) -> Program:
    """Start a program with exactly this environment; raises OSError or ValueError."""
    import subprocess

    path = find(words[0], environ)
    with original_limits():
        return subprocess.Popen(list(words), executable=path, env=dict(environ), **how)


def replace(words: Sequence[str], environ: Mapping[str, str]) -> None:
    """Replace this process by a program (POSIX); raises OSError, and never returns."""
    path = find(words[0], environ)
    with original_limits():
        os.execve(path, list(words), dict(environ))  # noqa: S606 - the job


def in_foreground(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program that needs the terminal, such as an editor; return its exit code.

    It stays in our process group, so that the terminal's keys reach it; Ctrl-C is its alone.
    """
    child = start(words, environment(environ))
    with _interrupts_ignored():
        try:
            child.wait()
        except BaseException:
            _end(child)
            raise
    return child.returncode


@contextmanager
def fed(words: Sequence[str], environ: Mapping[str, str]) -> Iterator[Any]:
    """Run a program that needs the terminal, such as a pager; yield its input, wait for its end.

    As in `in_foreground`; raises OSError or ValueError if it cannot be started.
    """
    import subprocess

    child = start(words or [""], environment(environ), stdin=subprocess.PIPE)
    with _interrupts_ignored():
        try:
            yield child.stdin
            _close(child)
            child.wait()
        except BrokenPipeError:
            _close(child)
            child.wait()
            raise
        except BaseException:
            _end(child)
            raise


def _close(child: Program) -> None:
    """Close a program's input, which it may not have read to its end."""
    with suppress(OSError):
        child.stdin.close()  # type: ignore[union-attr]  # it has one


def _end(child: Program) -> None:
    import subprocess

    child.terminate()
    with suppress(subprocess.TimeoutExpired):
        child.wait(2)
    child.kill()


def detached(words: Sequence[str], environ: Mapping[str, str], *, terminal: bool) -> None:
    """Run a program that may outlive us, such as a browser; raises OSError.

    Without `terminal` it has none, and a session of its own.
    """
    import subprocess

    cleaned = {**environment(environ), "PATH": _absolute_path(environ)}
    stream = None if terminal else subprocess.DEVNULL
    start(words, cleaned, stdin=stream, stdout=stream, start_new_session=not terminal).wait()


def output(
    words: Sequence[str], environ: Mapping[str, str], seconds: float, limit: int
) -> tuple[int, bytes, bytes]:
    """Run a program; return its exit code, at most limit + 1 bytes of output, and last errors.

    It has no terminal and a session of its own, which is killed whole if it takes too long or
    prints too much. What it leaves running in the background is not waited for.

    Raises:
        TimeoutError: it took longer than `seconds`.
        OSError, ValueError: it cannot be started.
    """
    import subprocess
    import threading
    import time

    deadline = time.monotonic() + seconds
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    child = start(
        words, environ, bufsize=0, stdin=nothing, stdout=pipe, stderr=pipe, start_new_session=True
    )
    out, said = bytearray(), bytearray()
    readers = [
        threading.Thread(target=_keep_first, args=(child, out, limit), daemon=True),
        threading.Thread(target=_keep_last, args=(child.stderr, said), daemon=True),
    ]
    try:
        for reader in readers:
            reader.start()
        code = child.wait(max(0.0, deadline - time.monotonic()))
        _drain(readers, out, said, deadline)
    except subprocess.TimeoutExpired:
        _kill_group(child)
        raise TimeoutError from None
    except BaseException:
        _kill_group(child)
        raise
    return code, bytes(out), bytes(said)


def printed(words: Sequence[str], environ: Mapping[str, str], seconds: float) -> bytes:
    """Return what a short program prints, at most 64 KiB; its errors are thrown away.

    Unlike `output` this asks a program that starts no others. Raises as `output` does.
    """
    if not hasattr(os, "posix_spawn"):
        return output(words, environ, seconds, _FAR_PAST_ANY_END)[1]
    import signal

    path = find(words[0], environ)
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDWR)
    streams = [
        (os.POSIX_SPAWN_DUP2, descriptor, number)
        for number, descriptor in enumerate((nothing, writing, nothing))
    ]
    try:
        with original_limits():
            pid = os.posix_spawn(path, list(words), environ, file_actions=streams, setpgroup=0)
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
        os.close(nothing)
    try:
        return _read_to_end(reading, seconds)
    finally:
        os.close(reading)
        with suppress(OSError):  # what has closed its output has said all
            os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _read_to_end(descriptor: int, seconds: float) -> bytes:
    import select
    import time

    deadline, out = time.monotonic() + seconds, b""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP)
    while True:
        if not poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError
        chunk = os.read(descriptor, 4096)
        if not chunk or len(out) > _FAR_PAST_ANY_END:
            return out
        out += chunk


def _drain(
    readers: Sequence[threading.Thread], out: bytearray, said: bytearray, deadline: float
) -> None:
    """Wait for what an ended program has printed, but for no one else who holds its pipes."""
    import time

    read = -1
    while any(reader.is_alive() for reader in readers) and len(out) + len(said) != read:
        if time.monotonic() > deadline + _GRACE_S:
            return
        read = len(out) + len(said)
        for reader in readers:
            reader.join(_GRACE_S / 2)


# Each reader closes its own pipe. If another thread closed it, a waiting reader could wake up on
# the pipe of the next command, which gets the same file descriptor.
def _keep_first(child: Program, kept: bytearray, limit: int) -> None:
    pipe: Any = child.stdout
    with pipe, suppress(OSError):
        while chunk := pipe.read(65536):
            kept += chunk[: limit + 1 - len(kept)]
            if len(kept) > limit:
                _kill_group(child)
                return


def _keep_last(pipe: Any, kept: bytearray) -> None:
    with pipe, suppress(OSError):
        while chunk := pipe.read(65536):
            kept[:] = (kept + chunk)[-4096:]


def _kill_group(child: Program) -> None:
    """Kill a program that leads a process group, with all that it started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            import signal

            os.killpg(child.pid, signal.SIGKILL)
        child.kill()
    child.wait()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: None)  # ignored here, not in the program
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _absolute_path(environ: Mapping[str, str]) -> str:
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(folder for folder in folders if os.path.isabs(folder))
