"""The real program on a full screen: in a pseudo-terminal, its screen read with pyte."""

import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pexpect
import pyte

_PATIENCE_S = 30.0
_LOOK_S = 0.05
KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "tab": "\t",
    "ctrl+c": "\x03",
    "ctrl+s": "\x13",
    "ctrl+z": "\x1a",
}


class _Screen(pyte.HistoryScreen):
    """A screen that answers no questions of the program."""

    def write_process_input(self, data: str) -> None: ...

    def report_device_status(self, *_: Any, **__: Any) -> None: ...

    def select_graphic_rendition(self, *attrs: int, private: bool = False, **__: Any) -> None:
        if not private:
            super().select_graphic_rendition(*attrs)


class FullScreen:
    """`connectors ui` in a terminal; `output` is everything it ever wrote there."""

    def __init__(
        self,
        *line: str,
        size: tuple[int, int] = (80, 24),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        columns, rows = size
        self.output = b""
        self._screen = _Screen(columns, rows, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        env = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", **(environ or {})}
        env.pop("CI", None)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "connectors_cli", *line],
            env=env,
            dimensions=(rows, columns),
            timeout=_PATIENCE_S,
        )

    def __enter__(self) -> "FullScreen":
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    @property
    def lines(self) -> list[str]:
        """The screen, without the spaces at the ends of its lines."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.lines)

    def shows(self, *words: str) -> None:
        """Wait until the screen shows all of these words."""
        self._until(lambda: all(word in self.text for word in words), f"no {words}")

    def hides(self, *words: str) -> None:
        """Wait until the screen shows none of these words."""
        self._until(lambda: not any(word in self.text for word in words), f"still {words}")

    def press(self, *keys: str) -> None:
        """Press keys, each a name of KEYS or what it types."""
        for key in keys:
            self.child.send(KEYS.get(key, key))
            self.take(_LOOK_S)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._screen.resize(rows, columns)
        self.child.setwinsize(rows, columns)

    def take(self, seconds: float) -> None:
        """Draw what the program writes within some time."""
        with suppress(pexpect.TIMEOUT):
            data = self.child.read_nonblocking(100_000, timeout=seconds)
            self.output += data
            self._stream.feed(data)

    def hang_up(self) -> None:
        """Close the terminal; the program stays, as far as it can."""
        self.child.ptyproc.fileobj.close()
        self.child.closed = self.child.ptyproc.closed = True

    def ended(self) -> int:
        """Wait for the end, and return the exit code; 128 and the signal that killed it."""
        deadline = time.monotonic() + _PATIENCE_S
        with suppress(pexpect.EOF):
            while time.monotonic() < deadline:
                self.take(_LOOK_S)
        self.child.wait()
        if self.child.signalstatus:
            return 128 + int(self.child.signalstatus)
        return int(self.child.exitstatus or 0)

    def is_sane(self) -> bool:
        """Return whether the terminal's modes are those of before: screen, cursor, mouse, paste."""
        pairs = ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"))
        pairs += ((b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?2004h", b"\x1b[?2004l"))
        return all(self.output.rfind(off) > self.output.rfind(on) for on, off in pairs)

    def _until(self, condition: Any, what: str) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}; the screen:\n{self.text}")
            try:
                self.take(_LOOK_S)
            except pexpect.EOF:
                raise AssertionError(f"it ended; {what}:\n{self.text}") from None
