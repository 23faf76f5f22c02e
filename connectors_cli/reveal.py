"""One credential, opened without the ORM; its event is written before it leaves."""

import json
from collections.abc import Sequence
from typing import Any

from connectors_cli import journal, reader, recording
from connectors_cli.access import Action
from connectors_cli.database import Database
from connectors_cli.errors import KeyProblem, NotFound, NotPermitted
from connectors_cli.journal import Actor
from connectors_cli.settings import Settings


def reveal(db: Database, settings: Settings, name: str, field: str) -> str:
    """Return one credential as text (what is not text, as JSON), recording that it was read.

    Raises NotFound (no connector, no such credential), KeyProblem, Tampered, StoreError; then
    nothing is revealed.
    """
    actor, action = journal.find_actor(settings, db.principal), Action.CONNECTOR_REVEAL
    sealed = reader.sealed_connector(db, settings.tenant, name)
    try:
        recording.permit(db, settings.tenant, action)
        value = _open(db, settings, sealed, field)
    except (NotPermitted, KeyProblem) as error:
        record(settings, actor, action, sealed["name"], (field,), error.code)
        raise
    record(settings, actor, action, sealed["name"], (field,))
    return as_text(value)


def _open(db: Database, settings: Settings, sealed: dict[str, Any], field: str) -> Any:
    name = sealed["name"]
    if field not in sealed["auth"]:
        known = ", ".join(sealed["auth"]) or "none"
        raise NotFound(
            f"connector {name[:100]!r} has no credential {field[:100]!r}", hint=f"it has: {known}"
        )
    from connectors_cli import keys, vault  # cryptography: only where a credential is opened

    source = keys.find_source(settings.environ, db.meta["store_id"])
    opened = vault.Vault(source.get(sealed["key_id"]))
    return opened.open_row(sealed, (field,))[field]


def as_text(value: Any) -> str:
    """Return a value as one raw text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def record(
    settings: Settings,
    actor: Actor,
    action: Action,
    name: str,
    fields: Sequence[str],
    outcome: str = "ok",
) -> None:
    """Append the event that credentials are about to be read, or were refused.

    Whether they may be read is looked at in the same transaction: NotPermitted, NoTenant.
    """
    events = [(name, {"fields": list(fields)})]
    if outcome != "ok":
        recording.record(settings, actor, action, events, outcome)
        return
    with recording.change(settings, actor, action, events):
        pass
