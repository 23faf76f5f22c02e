"""A connector in $VISUAL or $EDITOR: settings as YAML, credentials as placeholders."""

import errno
import os
import shlex
import stat
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from connectors_cli.documents import read
from connectors_cli.errors import Cancelled, ConnectorsError, InvalidInput, UsageError
from connectors_cli.services.connectors import Current, Edits
from connectors_cli.services.worksheet import worksheet
from connectors_cli.system import programs
from connectors_cli.system.signals import ended_by_exception

KEPT = "(kept)"
_LONGEST = 1024 * 1024
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_HINT = "set VISUAL or EDITOR to the command of an editor"
_HEADING = (
    "edit, save and close; an unchanged file changes nothing",
    f"{KEPT} keeps a credential; {{env: VARIABLE}}, {{file: PATH}} or {{cmd: COMMAND}} sets it",
)


def edit(
    current: Current,
    environ: Mapping[str, str],
    accept: Callable[[dict[str, Any]], Edits],
    again: Callable[[ConnectorsError], bool],
) -> Edits:
    """Return the changes made in an editor.

    `accept` turns the document into edits or raises the reason why it cannot; `again` then decides
    whether the editor opens again with the same text. The file has mode 0600, never contains a
    secret, and is removed afterwards.

    Raises:
        Cancelled: if the editor fails.
        ConnectorsError: what `accept` raised, if the editor does not open again.
    """
    kept = dict.fromkeys(current.auth, KEPT)
    original = worksheet(current.entry, {}, current.config, kept, _HEADING)
    text = original
    while True:
        text = _in_editor(text, environ)
        if text.strip() in {"", original.strip()}:
            return Edits()
        try:
            return accept(_document(text))
        except ConnectorsError as error:
            if not again(error):
                raise


def _document(text: str) -> dict[str, Any]:
    found = read.parse(text, "yaml", "the edited text")
    document = found[0] if found else None
    if not isinstance(document, dict) or not document.keys() <= {"config", "auth"}:
        raise InvalidInput("the edited text: expected config and auth and nothing else")
    return document


def _in_editor(text: str, environ: Mapping[str, str]) -> str:
    command = _command(environ)
    try:
        with ended_by_exception(), tempfile.TemporaryDirectory(prefix="connectors-") as folder:
            path = os.path.join(folder, "edit.yaml")
            with open(os.open(path, _CREATE, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            code = _run(command, path, environ)
            if code != 0:
                raise Cancelled(
                    f"Cancelled: the editor exited with code {code}. Nothing was changed."
                )
            return _saved(path)
    except OSError as error:
        raise ConnectorsError(
            f"the file for the editor cannot be used: {os.strerror(error.errno or 0)}",
            hint="check the folder that TMPDIR names",
        ) from None


def _command(environ: Mapping[str, str]) -> list[str]:
    name = "VISUAL" if environ.get("VISUAL") else "EDITOR"
    try:
        words = shlex.split(environ.get(name) or "vi")
    except ValueError:
        raise UsageError(f"{name} has an unclosed quote", hint=_HINT) from None
    if not words:
        raise UsageError(f"{name} is empty", hint=_HINT)
    return words


def _run(command: list[str], path: str, environ: Mapping[str, str]) -> int:
    try:
        return programs.in_foreground([*command, path], environ)
    except (OSError, ValueError) as error:
        reason = os.strerror(getattr(error, "errno", 0) or errno.EINVAL)
        raise UsageError(f"cannot run the editor {command[0]!r}: {reason}", hint=_HINT) from None


def _saved(path: str) -> str:
    """Return the text that an editor saved; raises InvalidInput if it is not a small text file."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        with open(os.open(path, flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidInput("the editor left something other than a file")
            data = file.read(_LONGEST + 1)
    except OSError:
        raise InvalidInput("the editor left no file that can be read") from None
    if len(data) > _LONGEST:
        raise InvalidInput("the editor left a file of more than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            "the edited file is not text in UTF-8", hint="save it in this encoding"
        ) from None
