"""Where a secret's value comes from: env:VAR, file:PATH, cmd:COMMAND or - (standard input)."""

import os
import shlex
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from connectors_cli import streams
from connectors_cli.errors import ConnectorsError, InvalidInput, UsageError

LIMIT = 1024 * 1024
COMMAND_SECONDS = 30.0
FOUR_WAYS = (
    "give it as env:VAR, file:PATH, cmd:COMMAND or - (standard input), or leave it out and type"
    " it unseen"
)


def read_source(source: str, field: str, environ: Mapping[str, str]) -> str:
    """Return the text a source holds, as it is: a trailing newline included.

    Raises UsageError for what is not a source (its text is not repeated: it may be the secret)
    and InvalidInput for one that cannot be read.
    """
    kind, separator, rest = source.partition(":")
    if source == "-":
        return _text(_read_limited(streams.read_input, "standard input"), field)
    if separator and kind == "env":
        if rest not in environ:
            raise InvalidInput(f"{field}: the environment variable {rest!r} is not set")
        return _text(environ[rest].encode("utf-8", "surrogateescape"), field)
    if separator and kind == "file":
        return _text(_read_file(rest, field), field)
    if separator and kind == "cmd":
        return _text(output_of(rest, COMMAND_SECONDS, f"the command for {field}"), field)
    raise UsageError(f"{field}: that is not a source of a secret", hint=FOUR_WAYS)


def reference(value: Any) -> str | None:
    """Return the source a document's value refers to: {env: V}, {file: P}, {cmd: C}, $env:V."""
    if isinstance(value, str):
        return value[1:] if value.startswith(("$env:", "$file:", "$cmd:")) else None
    if isinstance(value, dict) and len(value) == 1:
        ((kind, rest),) = value.items()
        if kind in {"env", "file", "cmd"} and isinstance(rest, str):
            return f"{kind}:{rest}"
    return None


def output_of(
    command: str,
    seconds: float,
    what: str,
    error: type[ConnectorsError] = InvalidInput,
) -> bytes:
    """Run a command without a shell and return its standard output (at most 1 MiB).

    Raises `error` when it cannot be started, fails, prints nothing or takes too long.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        raise error(f"{what} has a quote that is not closed") from None
    if not words:
        raise error(f"{what} is empty")
    try:
        code, out, said = _run(words, seconds)
    except subprocess.TimeoutExpired:
        raise error(f"{what} did not finish in {seconds:.0f} s") from None
    except (OSError, ValueError) as failure:
        raise error(f"{what} cannot be run: {_reason(failure)}") from None
    if len(out) > LIMIT:
        raise error(f"{what} printed more than 1 MiB")
    if code != 0:
        raise error(f"{what} failed with exit code {code}{_said(said)}")
    if not out.strip():
        raise error(f"{what} printed nothing")
    return out


def _run(words: list[str], seconds: float) -> tuple[int, bytes, bytes]:
    """Run a command; its exit code, the first of its output and the last of its complaints.

    Unlike subprocess.run it keeps no more than LIMIT and a byte, however much there is.
    """
    deadline = time.monotonic() + seconds
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    child = subprocess.Popen(words, bufsize=0, stdin=nothing, stdout=pipe, stderr=pipe)
    out, said = bytearray(), bytearray()
    readers = [
        threading.Thread(target=_keep_first, args=(child.stdout, out), daemon=True),
        threading.Thread(target=_keep_last, args=(child.stderr, said), daemon=True),
    ]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(0.0, deadline - time.monotonic()))
            if len(out) > LIMIT:
                child.kill()
        code = child.wait(max(0.0, deadline - time.monotonic()))
        if any(reader.is_alive() for reader in readers):
            raise subprocess.TimeoutExpired(words, seconds)
    except BaseException:
        child.kill()
        child.wait()
        raise
    return code, bytes(out), bytes(said)


# Each reader closes its own pipe: were it closed under one that still waits, what waits could
# wake up to read the next command's pipe, which has the same number.
def _keep_first(pipe: Any, kept: bytearray) -> None:
    with pipe, suppress(OSError):
        while len(kept) <= LIMIT and (chunk := pipe.read(65536)):
            kept += chunk


def _keep_last(pipe: Any, kept: bytearray) -> None:
    with pipe, suppress(OSError):
        while chunk := pipe.read(65536):
            kept[:] = (kept + chunk)[-4096:]


def _reason(failure: OSError | ValueError) -> str:
    """Return why a path or command cannot be used; a ValueError is a NUL in it."""
    if isinstance(failure, OSError):
        return os.strerror(failure.errno or 0)
    return "there is a NUL character in it"


def _said(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    clean = "".join(char for char in lines[-1] if char.isprintable())[:200] if lines else ""
    return f": {clean}" if clean else ""


def _read_file(path: str, field: str) -> bytes:
    if not path:
        raise InvalidInput(f"{field}: file: names no file", hint=FOUR_WAYS)
    path = os.path.expanduser(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise InvalidInput(f"{field}: {path} is a folder")
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise InvalidInput(f"{field}: {path} is a device")
        with open(path, "rb") as file:
            return _read_limited(file.read, path)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{field}: {path} cannot be read: {_reason(error)}") from None


def _read_limited(read: Callable[[int], bytes], what: str) -> bytes:
    data = read(LIMIT + 1)
    if len(data) > LIMIT:
        raise InvalidInput(f"{what} holds more than 1 MiB")
    return data


def _text(data: bytes, field: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{field}: not text in UTF-8", hint="give binary data as base64"
        ) from None
