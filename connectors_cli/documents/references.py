"""Sources of secret values: env:VAR, file:PATH, cmd:COMMAND or - (standard input)."""

import os
import shlex
import stat
import time
from collections.abc import Callable, Mapping
from io import RawIOBase
from typing import Any

from connectors_cli.errors import ConnectorsError, InvalidInput, UsageError
from connectors_cli.system import environment, streams

LIMIT = 1024 * 1024
COMMAND_SECONDS = 30.0
PIPE_SECONDS = 10.0
PASS_KEY = "CONNECTORS_PASS_KEY"  # noqa: S105 - a name
"""Set to 1, it hands the key and the store on to commands that are connectors itself."""
SOURCE_HINT = (
    "pass env:VAR, file:PATH, cmd:COMMAND or - (standard input), or leave it out to be prompted"
    " for it"
)


def read_source(source: str, field: str, environ: Mapping[str, str]) -> str:
    """Return the text of a source without a byte-order mark, with a line break if it ends so.

    Raises UsageError for text that is not a source (never quoted: it may be the secret itself) and
    InvalidInput for a source that cannot be read.
    """
    kind, separator, rest = source.partition(":")
    if source == "-":
        return _text(_read_limited(streams.read_input, "standard input"), field)
    if separator and kind == "env":
        if rest not in environ:
            raise InvalidInput(f"{field}: the environment variable {rest!r} is not set")
        environment.hide_variable(rest)
        return _text(environ[rest].encode("utf-8", "surrogateescape"), field)
    if separator and kind == "file":
        return _text(_read_file(rest, field), field)
    if separator and kind == "cmd":
        return _text(output_of(rest, COMMAND_SECONDS, f"the command for {field}"), field)
    raise UsageError(f"{field}: the value is not a source of a secret", hint=SOURCE_HINT)


def trimmed(text: str) -> str:
    """Return a value of one line without line breaks at its end.

    A value of several lines, such as a private key, keeps it: programs that read keys insist on it.
    """
    line = text.rstrip("\r\n")
    return text if "\n" in line else line


def check_not_empty(text: str, source: str, field: str) -> None:
    """Raise InvalidInput for a secret that is empty, as a variable of CI is that is not set."""
    if not text.strip():
        where = "standard input" if source == "-" else source
        raise InvalidInput(
            f"{field}: {where} is empty",
            hint="set it; to take a field away: connectors edit NAME --unset FIELD",
        )


class Literal(str):
    """A text of a document that is written as it is meant, even if it looks like a reference."""

    __slots__ = ()


def with_literals(value: Any) -> Any:
    """Return a document's value in which {literal: VALUE} is that value, and no reference."""
    if isinstance(value, dict):
        if value.keys() == {"literal"}:
            return _as_literal(value["literal"])
        return {name: with_literals(inner) for name, inner in value.items()}
    return [with_literals(item) for item in value] if isinstance(value, list) else value


def _as_literal(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_literal(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_literal(item) for item in value]
    return Literal(value) if isinstance(value, str) else value


def reference(value: Any) -> str | None:
    """Return the source that a document's value names, such as {env: V} or $env:V; else None."""
    if isinstance(value, Literal):
        return None
    if isinstance(value, str):
        return value[1:] if value.startswith(("$env:", "$file:", "$cmd:")) else None
    if isinstance(value, dict) and len(value) == 1:
        ((kind, rest),) = value.items()
        if kind in {"env", "file", "cmd"} and isinstance(rest, str) and type(rest) is not Literal:
            return f"{kind}:{rest}"
    return None


def in_folder(source: str, folder: str) -> str:
    """Return a source of a document: a file's path is relative to the document's own folder."""
    if not folder or not source.startswith("file:") or source == "file:":
        return source
    return f"file:{os.path.join(folder, os.path.expanduser(source.removeprefix('file:')))}"


def output_of(
    command: str,
    seconds: float,
    what: str,
    error: type[ConnectorsError] = InvalidInput,
) -> bytes:
    """Run a command without a shell and return its standard output (at most 1 MiB).

    Raises `error` if it cannot be started, fails, prints nothing or exceeds `seconds`.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        raise error(f"{what} has an unclosed quote") from None
    if not words:
        raise error(f"{what} is empty")
    try:
        from connectors_cli.system import programs

        code, out, said = programs.output(words, _environment(words[0]), seconds, LIMIT)
    except TimeoutError:
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


def _environment(program: str) -> Mapping[str, str]:
    """Return the environment of a command: connectors itself may have the key, if the user asks."""
    if os.environ.get(PASS_KEY) == "1" and os.path.basename(program) == "connectors":
        return os.environ
    return environment.environment(os.environ)


def _reason(failure: OSError | ValueError) -> str:
    """Return why a path or command cannot be used; a ValueError means a NUL character."""
    if isinstance(failure, OSError):
        return os.strerror(failure.errno or 0)
    return "it contains a NUL character"


def _said(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    clean = "".join(char for char in lines[-1] if char.isprintable())[:200] if lines else ""
    return f": {clean}" if clean else ""


def _read_file(path: str, field: str) -> bytes:
    if not path:
        raise InvalidInput(f"{field}: file: names no file", hint=SOURCE_HINT)
    path = os.path.expanduser(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb", buffering=0) as file:
            mode = os.fstat(descriptor).st_mode
            _check_kind(mode, path, field)
            if stat.S_ISFIFO(mode):
                return _read_limited(lambda limit: _read_pipe(file, limit, path), path)
            return _read_limited(lambda limit: _read_all(file, limit), path)
    except IsADirectoryError:
        raise InvalidInput(f"{field}: {path} is a folder") from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{field}: {path} cannot be read: {_reason(error)}") from None


def _check_kind(mode: int, path: str, field: str) -> None:
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise InvalidInput(f"{field}: {path} is a device")
    if stat.S_ISREG(mode) and os.path.realpath(path).startswith(("/proc/", "/sys/")):
        raise InvalidInput(f"{field}: {path} is not a file on a disk")


def _read_all(file: RawIOBase, limit: int) -> bytes:
    found = bytearray()
    while len(found) < limit and (chunk := file.read(limit - len(found))):
        found += chunk
    return bytes(found)


def _read_pipe(file: RawIOBase, limit: int, path: str) -> bytes:
    """Return what is written to a pipe, which has to come and to end in time."""
    found, deadline = bytearray(), time.monotonic() + PIPE_SECONDS
    while len(found) < limit:
        chunk = file.read(limit - len(found))
        if chunk:
            found += chunk
        elif chunk is not None and found:
            break  # the writer has closed it
        elif time.monotonic() > deadline:
            raise InvalidInput(f"{path} is a pipe that nothing was written to in time")
        else:
            time.sleep(0.02)
    return bytes(found)


def _read_limited(read: Callable[[int], bytes], what: str) -> bytes:
    data = read(LIMIT + 1)
    if len(data) > LIMIT:
        raise InvalidInput(f"{what} contains more than 1 MiB")
    return data


def _text(data: bytes, field: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{field}: not text in UTF-8", hint="encode binary data as base64"
        ) from None
