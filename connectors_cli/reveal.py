"""One credential, opened without the ORM; its event is written before it leaves."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connectors_cli import journal, recording
from connectors_cli.access import Action
from connectors_cli.database import Database
from connectors_cli.errors import KeyProblem, NotFound, NotPermitted
from connectors_cli.recording import Event
from connectors_cli.sealed import sealed_connector
from connectors_cli.settings import Settings

if TYPE_CHECKING:
    from connectors_cli.vault import Key


def reveal(db: Database, settings: Settings, name: str, field: str) -> str:
    """Return one credential as text (what is not text, as JSON), recording that it was read.

    Raises NotFound (no connector, no such credential), KeyProblem, Tampered, StoreError; then
    nothing is revealed.
    """
    actor, action = journal.find_actor(settings, db.principal), Action.CONNECTOR_REVEAL
    sealed = sealed_connector(db, settings.tenant, name)
    try:
        recording.permit(db, settings.tenant, action)
        value, key = _open(db, settings, sealed, field)
    except (NotPermitted, KeyProblem) as error:
        recording.record(settings, actor, action, (noted(sealed, (field,)),), error.code)
        raise
    with recording.change(settings, actor, action, (noted(sealed, (field,)),), (key,)):
        pass
    return as_text(value)


def _open(
    db: Database, settings: Settings, sealed: dict[str, Any], field: str
) -> "tuple[Any, Key]":
    """Return the credential, and the key that opened it."""
    name = sealed["name"]
    if field not in sealed["auth"]:
        known = ", ".join(sealed["auth"]) or "none"
        raise NotFound(
            f"connector {name[:100]!r} has no credential {field[:100]!r}", hint=f"it has: {known}"
        )
    from connectors_cli import keys, vault  # cryptography: only where a credential is opened

    source = keys.find_source(settings.environ, db.meta["store_id"])
    key = source.get(sealed["key_id"])
    return vault.Vault(key).open_row(sealed, (field,))[field], key


def as_text(value: Any) -> str:
    """Return a value as one raw text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def noted(sealed: dict[str, Any], fields: Sequence[str]) -> Event:
    """Return what the log says of a use: whose credentials, by name and id, and which."""
    return sealed["name"], {"id": sealed["id"], "fields": list(fields)}
