"""Signals: deferred until a critical section has ended, or turned into an exception."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

from connectors_cli.errors import Cancelled

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


class _Deferral:
    """The signals of this process: the last that came, and the sections that are running."""

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._running = 0
        self._received: int | None = None
        self._note = b""

    def install(self) -> None:
        for name in _ENDING:
            number = getattr(signal, name, None)
            handler = None if number is None else signal.getsignal(number)
            if number is not None and handler not in {None, signal.SIG_IGN}:
                self.before[number] = handler
                signal.signal(number, self._handle)

    def uninstall(self) -> None:
        """Restore the handlers, unless a section is still running in another thread."""
        if self._running:
            return
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before, self._received = {}, None

    def begin(self, note: str) -> None:
        with self._lock:
            if self._received is not None:
                raise Cancelled("Cancelled.")
            self._running += 1
            self._note = f"{note}\n".encode() if note else b""

    def end(self) -> None:
        with self._lock:
            self._running -= 1
        if not self._running and self._received is not None:
            self._send(self._received)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        """Let a signal act, or remember it. Without a lock: a signal can come at any point."""
        self._received = number  # first, so that a section that ends now sees it
        if not self._running:
            signal.signal(number, self.before[number])
            signal.raise_signal(number)
            return
        note, self._note = self._note, b""
        with suppress(OSError):
            os.write(2, note)

    @staticmethod
    def _send(number: int) -> None:
        """Send a signal to the main thread, which may be blocked."""
        main = threading.main_thread().ident
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, number)
        else:
            signal.raise_signal(number)


_DEFERRAL = _Deferral()


@contextmanager
def deferred_signals() -> Iterator[None]:
    """Defer signals during the critical sections of all threads, as long as this context lasts.

    It takes effect in the main thread only, and not when it is nested.
    """
    if threading.current_thread() is not threading.main_thread() or _DEFERRAL.before:
        yield
        return
    _DEFERRAL.install()
    try:
        yield
    finally:
        _DEFERRAL.uninstall()


@contextmanager
def critical_section(note: str = "") -> Iterator[None]:
    """Run to the end, then act on a signal that came; `note` is printed when it comes.

    Ctrl-C raises KeyboardInterrupt at the end. Raises Cancelled if a signal came before.
    """
    with deferred_signals():
        _DEFERRAL.begin(note)
        try:
            yield
        finally:
            _DEFERRAL.end()


@contextmanager
def ended_by_exception() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise SystemExit, so that what has to be removed is removed.

    It takes effect in the main thread only. A signal that is ignored, as `nohup` asks for, stays
    ignored.
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, _leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
