"""Where a secret's value comes from: env:VAR, file:PATH, cmd:COMMAND or - (standard input)."""

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping

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
        return _text(_read_limited(sys.stdin.buffer.read, "standard input"), field)
    if separator and kind == "env":
        if rest not in environ:
            raise InvalidInput(f"{field}: the environment variable {rest!r} is not set")
        return environ[rest]
    if separator and kind == "file":
        return _text(_read_file(rest, field), field)
    if separator and kind == "cmd":
        return _text(output_of(rest, COMMAND_SECONDS, f"the command for {field}"), field)
    raise UsageError(f"{field}: that is not a source of a secret", hint=FOUR_WAYS)


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
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        raise error(f"{what} did not finish in {seconds:.0f} s") from None
    except OSError as failure:
        raise error(f"{what} cannot be run: {os.strerror(failure.errno or 0)}") from None
    if done.returncode != 0:
        raise error(f"{what} failed with exit code {done.returncode}{_said(done.stderr)}")
    if not done.stdout.strip():
        raise error(f"{what} printed nothing")
    if len(done.stdout) > LIMIT:
        raise error(f"{what} printed more than 1 MiB")
    return done.stdout


def _said(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    clean = "".join(char for char in lines[-1] if char.isprintable())[:200] if lines else ""
    return f": {clean}" if clean else ""


def _read_file(path: str, field: str) -> bytes:
    path = os.path.expanduser(path)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise InvalidInput(f"{field}: {path} is a folder")
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            raise InvalidInput(f"{field}: {path} is a device")
        with open(path, "rb") as file:
            return _read_limited(file.read, path)
    except OSError as error:
        raise InvalidInput(
            f"{field}: {path} cannot be read: {os.strerror(error.errno or 0)}"
        ) from None


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
