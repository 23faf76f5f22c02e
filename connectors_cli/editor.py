"""Editing a connector in $VISUAL or $EDITOR: settings as YAML, credentials as placeholders."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from connectors_cli import documents
from connectors_cli.edits import Edits
from connectors_cli.errors import Cancelled, ConnectorsError, InvalidInput, UsageError
from connectors_cli.services.connectors import Current
from connectors_cli.worksheets import worksheet

KEPT = "(kept)"
_HEADING = (
    "change what you like, save and close; a file left as it is changes nothing",
    f"{KEPT} keeps a credential; {{env: VARIABLE}}, {{file: PATH}} or {{cmd: COMMAND}} sets it",
)


def edit(
    current: Current,
    environ: Mapping[str, str],
    accept: Callable[[dict[str, Any]], Edits],
    again: Callable[[ConnectorsError], bool],
) -> Edits:
    """Return what somebody changed in an editor.

    `accept` makes the edits of a document or raises why it cannot; then `again` decides whether
    the editor opens once more with the same text. The file is 0600 and removed afterwards; no
    secret is ever in it. Raises Cancelled when the editor fails, and what `accept` raised.
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
    found = documents.parse(text, "yaml", "the edited text")
    document = found[0] if found else None
    if not isinstance(document, dict) or not document.keys() <= {"config", "auth"}:
        raise InvalidInput("the edited text: config and auth are due, and nothing beside them")
    return document


def _in_editor(text: str, environ: Mapping[str, str]) -> str:
    command = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    descriptor, path = tempfile.mkstemp(prefix="edit-", suffix=".yaml")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        code = subprocess.run([*command, path], check=False).returncode
        if code != 0:
            raise Cancelled(f"the editor ended with exit code {code}: nothing was changed")
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise UsageError(
            f"the editor {command[0] if command else ''!r} cannot be run:"
            f" {os.strerror(error.errno or 0)}",
            hint="name one in VISUAL or EDITOR",
        ) from None
    finally:
        os.unlink(path)
