"""The whole store: `backup` and `doctor`."""

from __future__ import annotations

from contextlib import suppress

from connectors_cli.errors import Unwritable, UsageError
from connectors_cli.services.output import Document

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from typing import Any

    from connectors_cli.cli.context import CommandContext
    from connectors_cli.services.doctor.findings import Diagnosis


def backup(context: CommandContext, file: str, force: bool) -> Document:
    """Copy the store to a file and return what the copy contains."""
    from connectors_cli.services.backup import back_up, local_path

    if file == "-":
        raise UsageError("a backup cannot be written to standard output", hint="name a file")
    local_path(context.settings, "pg_dump")
    with suppress(Unwritable):  # an older store is copied unchanged
        context.existing_reader()
    context.close_reader()
    written = back_up(context.settings, file, replace=force)
    context.mark_changed()
    notes = [_keys_note(written)]
    if written["unrecorded"]:
        notes.append(f"this backup is not recorded in the log: {written['unrecorded']}")
    return Document("backup", written, tuple(notes))


def doctor(context: CommandContext, redacted: bool) -> Diagnosis:
    """Return the findings about the store, keys, files and clock."""
    from connectors_cli.services.doctor.examine import examine

    return examine(context.settings, redacted=redacted)


def _keys_note(written: dict[str, Any]) -> str:
    keys = sorted({key for tenant in written["tenants"] for key in tenant["keys"]})
    if not keys:
        return "The backup does not contain the encryption keys. Keep them somewhere else."
    which = "key" if len(keys) == 1 else "keys"
    return (
        f"The backup does not contain the encryption key. Keep {which} {', '.join(keys)} somewhere"
        " else."
    )
