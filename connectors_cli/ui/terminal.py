"""The terminal's driver; one that is closed under the interface does not keep it from ending."""

from contextlib import suppress
from typing import IO, Any

from textual.drivers.linux_driver import LinuxDriver


class Output:
    """A file to write to, which may be gone.

    Textual writes in a thread through a queue of 30 texts. An error would end the thread, and the
    interface would then wait forever for a place in the queue.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write text, if anybody can see it."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Write what is kept."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the file's number."""
        return self._file.fileno()


class TerminalDriver(LinuxDriver):
    """Textual's driver with an output that may be gone."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._file = Output(self._file)  # type: ignore[arg-type, assignment]  # what its thread needs of it
