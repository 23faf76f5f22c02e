"""Secrets as files for a program that reads files: private, in memory where that is possible."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from connectors_cli.errors import ConnectorsError
from connectors_cli.system.signals import ended_by_exception


@contextmanager
def secret_files(texts: Mapping[str, str], environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Write each text to a file of its own (0600, in a folder of 0700), and yield their paths.

    The files are gone afterwards, also if a signal ends this process; only if it is killed they
    stay, in memory until the computer restarts. Raises ConnectorsError if they cannot be written.
    """
    with ended_by_exception():
        try:
            folder = tempfile.mkdtemp(prefix="connectors-", dir=_memory(environ))
        except OSError as error:
            raise _not_written(error) from None
        try:
            yield {name: _write(folder, name, text) for name, text in texts.items()}
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _memory(environ: Mapping[str, str]) -> str | None:
    """Return a folder that is kept in memory, None for the usual temporary one."""
    for folder in (environ.get("XDG_RUNTIME_DIR", ""), "/dev/shm"):  # noqa: S108 - a private folder in it
        if os.path.isabs(folder) and os.path.isdir(folder) and os.access(folder, os.W_OK):
            return folder
    return None


def _write(folder: str, name: str, text: str) -> str:
    """Write a file, whose last line ends as lines do: programs that read keys insist on it."""
    path = os.path.join(folder, name)
    whole = f"{text}\n" if "\n" in text and not text.endswith("\n") else text
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(whole)
    except OSError as error:
        raise _not_written(error) from None
    return path


def _not_written(error: OSError) -> ConnectorsError:
    why = os.strerror(error.errno or 0)
    return ConnectorsError(
        f"cannot write a temporary file: {why}", hint="set TMPDIR, or use a variable"
    )
