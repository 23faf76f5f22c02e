"""What must not be left half done: Ctrl-C, SIGTERM and a terminal that closes wait for its end."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from connectors_cli.errors import Cancelled

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


class _Interruptions:
    """The signals of this process: which came, and how much is begun that they wait for."""

    def __init__(self) -> None:
        self.before: dict[int, Any] = {}
        self._lock = threading.Lock()
        self._begun = 0
        self._came: int | None = None
        self._note = b""

    def install(self) -> None:
        for name in _ENDING:
            number = getattr(signal, name, None)
            handler = None if number is None else signal.getsignal(number)
            if number is not None and handler not in {None, signal.SIG_IGN}:
                self.before[number] = handler
                signal.signal(number, self._heed)

    def uninstall(self) -> None:
        """Restore what was there; where something is unfinished, in a thread, that still counts."""
        if self._begun:
            return
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.before, self._came = {}, None

    def begin(self, note: str) -> None:
        with self._lock:
            if self._came is not None:
                raise Cancelled("left")
            self._begun += 1
            self._note = f"{note}\n".encode() if note else b""

    def end(self) -> None:
        with self._lock:
            self._begun -= 1
        if not self._begun and self._came is not None:
            self._send(self._came)

    def _heed(self, number: int, _frame: FrameType | None) -> None:
        """Let a signal do what it does, or note it for later; no lock, for it comes anywhere."""
        self._came = number  # first, so that whoever ends meanwhile sees it
        if not self._begun:
            signal.signal(number, self.before[number])
            signal.raise_signal(number)
            return
        note, self._note = self._note, b""
        with suppress(OSError):
            os.write(2, note)

    @staticmethod
    def _send(number: int) -> None:
        """Send a signal to the main thread, which may be waiting."""
        main = threading.main_thread().ident
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, number)
        else:
            signal.raise_signal(number)


_OURS = _Interruptions()


@contextmanager
def heeded() -> Iterator[None]:
    """Let signals that end the program wait for what `finishing` surrounds, in whatever thread.

    Only the main thread can; in others, and within another one of these, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread() or _OURS.before:
        yield
        return
    _OURS.install()
    try:
        yield
    finally:
        _OURS.uninstall()


@contextmanager
def finishing(note: str = "") -> Iterator[None]:
    """Do something to its end, then act on the signal that came; `note` is told when one comes.

    Ctrl-C is a KeyboardInterrupt at the end of this. Raises Cancelled where one came before.
    """
    with heeded():
        _OURS.begin(note)
        try:
            yield
        finally:
            _OURS.end()
