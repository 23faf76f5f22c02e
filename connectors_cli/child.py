"""Runs a program: in our place on a terminal, else beside us with its output masked."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from connectors_cli import streams
from connectors_cli.errors import ConnectorsError
from connectors_cli.masking import Masker
from connectors_cli.secrecy import limits_as_found

FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


class CannotRun(ConnectorsError):
    """The program is not there (127) or cannot be run (126), as shells say it."""

    code = "cannot_run"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message, hint="name a program on PATH after --")
        self.exit_code = exit_code


def replace(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Become the program (POSIX); returns only by raising CannotRun."""
    try:
        with limits_as_found():
            os.execvpe(command[0], list(command), dict(environ))  # noqa: S606 - the job
    except OSError as error:
        raise _cannot(command[0], error) from None


def run(
    command: Sequence[str], environ: Mapping[str, str], secrets: Sequence[str], masked: bool
) -> int:
    """Run a program, pass signals on to it, and return its exit code (128 + N for a signal).

    With `masked`, standard output and error go through a masker as they come.
    """
    pipe = subprocess.PIPE if masked else None
    try:
        with limits_as_found():
            child = subprocess.Popen(list(command), env=dict(environ), stdout=pipe, stderr=pipe)
    except OSError as error:
        raise _cannot(command[0], error) from None
    restore = _forward_signals(child)
    try:
        pumps = _pumps(child, secrets) if masked else []
        code = child.wait()
        for pump in pumps:
            pump.join()
    finally:
        for number, handler in restore.items():
            signal.signal(number, handler)
    return 128 - code if code < 0 else code


def _pumps(child: "subprocess.Popen[bytes]", secrets: Sequence[str]) -> list[threading.Thread]:
    outputs = (streams.bytes_of(sys.stdout), streams.bytes_of(sys.stderr))
    pairs = zip((child.stdout, child.stderr), outputs, strict=True)
    threads = [
        threading.Thread(target=_pump, args=(source, target, Masker(secrets)), daemon=True)
        for source, target in pairs
        if source is not None
    ]
    for thread in threads:
        thread.start()
    return threads


def _pump(source: BinaryIO, target: BinaryIO, masker: Masker) -> None:
    open_target = True
    while data := source.read1(64 * 1024):  # type: ignore[attr-defined]  # a pipe is buffered
        open_target = open_target and _write(target, masker.feed(data))
        if not open_target:
            source.close()
            return
    _write(target, masker.end())


def _write(target: BinaryIO, data: bytes) -> bool:
    try:
        target.write(data)
        target.flush()
    except OSError:
        return False
    return True


def _forward_signals(child: "subprocess.Popen[bytes]") -> dict[int, Any]:
    """Hand termination on to the child; Ctrl-C reaches it by itself, from the terminal."""
    restore: dict[int, Any] = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for name in FORWARDED:
        number = getattr(signal, name, None)
        if number is not None:
            restore[number] = signal.signal(number, lambda got, _: child.send_signal(got))
    return restore


def _cannot(program: str, error: OSError) -> CannotRun:
    missing = isinstance(error, FileNotFoundError)
    why = "is not there" if missing else f"cannot be run: {os.strerror(error.errno or 0)}"
    return CannotRun(f"{program} {why}", 127 if missing else 126)
