"""Child processes: a program that replaces ours, or runs with its output masked."""

from __future__ import annotations

import os
import sys

from connectors_cli.errors import ConnectorsError, shortage
from connectors_cli.system import programs, streams
from connectors_cli.system.environment import is_private

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from typing import Any, BinaryIO

    from connectors_cli.system.masking import Masker

_BASIC = frozenset(
    {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ", "TMPDIR", "SYSTEMROOT"}
)
FORWARDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


class CannotRun(ConnectorsError):
    """The program is missing (exit code 127) or cannot be run (126), as in shells."""

    code = "cannot_run"

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message, hint="check the program's name and your PATH")
        self.exit_code = exit_code


def child_environment(
    environ: Mapping[str, str], values: Mapping[str, str], *, clean: bool
) -> dict[str, str]:
    """Return a child's environment: `values`, and this one without the program's variables.

    With `clean` only basic variables such as PATH, HOME and LANG are kept of this one.
    """
    base = {
        name: value
        for name, value in environ.items()
        if not is_private(name) and (not clean or name in _BASIC or name.startswith("LC_"))
    }
    return {**base, **values}


def check(program: str, environ: Mapping[str, str]) -> None:
    """Check that a program exists and can be run, before it is given anything; raises CannotRun."""
    try:
        programs.check(program, environ)
    except OSError as error:
        raise _cannot_run(program, error) from None


def replace(command: Sequence[str], environ: Mapping[str, str]) -> None:
    """Replace this process by the program (POSIX); raises CannotRun, and never returns."""
    try:
        programs.replace(command, environ)
    except OSError as error:
        raise _cannot_run(command[0], error) from None


def run(
    command: Sequence[str], environ: Mapping[str, str], secrets: Sequence[str], masked: bool
) -> int:
    """Run a program, forward signals to it, and return its exit code (128 + N for a signal).

    With `masked`, secrets are masked in its standard output and error. Raises CannotRun.
    """
    import signal

    pipe = programs.PIPE if masked else None
    try:
        child = programs.start(command, environ, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise _cannot_run(command[0], error) from None
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


def _pumps(child: programs.Program, secrets: Sequence[str]) -> list[threading.Thread]:
    import threading

    from connectors_cli.system.masking import Masker

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
    with source:
        while data := source.read1(64 * 1024):  # type: ignore[attr-defined]  # a pipe is buffered
            if not _write(target, masker.feed(data)):
                return
    _write(target, masker.end())


def _write(target: BinaryIO, data: bytes) -> bool:
    try:
        target.write(data)
        target.flush()
    except OSError:
        return False
    return True


def _forward_signals(child: programs.Program) -> dict[int, Any]:
    """Forward termination to the child; the terminal itself sends it Ctrl-C."""
    import signal

    restore: dict[int, Any] = {signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN)}
    for name in FORWARDED:
        number = getattr(signal, name, None)
        if number is not None:
            restore[number] = signal.signal(number, lambda got, _: child.send_signal(got))
    return restore


def _cannot_run(program: str, error: OSError) -> CannotRun:
    missing = isinstance(error, FileNotFoundError)
    if missing:
        return CannotRun(f"command not found: {program}", 127)
    failed = CannotRun(f"{program} cannot be run: {os.strerror(error.errno or 0)}", 126)
    if short := shortage(error):
        failed.hint = short.hint
    return failed
