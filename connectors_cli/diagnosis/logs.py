"""Whether a tenant's log is as it was written, and its connectors as the log tells."""

from collections.abc import Iterator

from connectors_cli import history
from connectors_cli.chain import UNSEALED
from connectors_cli.database import Database
from connectors_cli.diagnosis.findings import Finding, Words
from connectors_cli.keys import KeySource
from connectors_cli.services import events
from connectors_cli.settings import Settings
from connectors_cli.verification import MESSAGES


def check_log(
    db: Database, settings: Settings, source: KeySource | None, words: Words
) -> Iterator[Finding]:
    """Yield what is found of each entry's hash, place and seal."""
    tenant = settings.tenant
    where = words.name("tenant", tenant)
    try:
        found = events.verify(db, settings, source)
    finally:
        db.connection.rollback()  # of the one state that it was read in
    if found.broken is not None:
        entry = f"entry {found.broken.id}" if found.broken.id else "the last entry"
        what = f"{where}: {entry} of {found.entries}: {MESSAGES[found.broken.what]}"
        yield Finding("log", "failure", what, f"connectors log --verify -t {where}")
    elif found.state == "whole":
        yield Finding("log", "ok", f"{where}: {found.entries} entries are as they were written")
    elif found.standing == UNSEALED:
        yield Finding("log", "failure", f"{where}: {found.hint}", f"connectors log -t {where}")
    else:
        what, _, command = str(found.hint).partition(": see `")
        yield Finding("log", "warning", f"{where}: {what}", command.strip("`") or None)
    for name, version, told in history.put_back(db, tenant):
        what = f"{where}: connector {words.name('connector', name)} is at version {version}, and"
        what += f" the log tells of version {told}: somebody put an older state of it back"
        yield Finding("versions", "failure", what, f"connectors log --verify -t {where}")
