"""How connectors were signed in, as the log has it; never a secret."""

import json
from collections.abc import Iterator
from typing import Any

from connectors_cli.database import Database

_EVENTS = (
    "SELECT action, details FROM events WHERE tenant_id = ? AND outcome = 'ok' AND action IN"
    " ('connector.login', 'connector.refresh', 'connector.logout', 'connector.reset',"
    " 'connector.update') ORDER BY id"
)
_BESIDE = frozenset({"refresh_token", "expires_at"})
"""What a sign-in gives besides the credential itself."""


def sign_ins(db: Database, tenant: str) -> dict[str, dict[str, Any]]:
    """Return how each of a tenant's connectors is signed in, by id: method and scopes.

    A sign-in whose credential was taken out or replaced by hand is none any more.
    """
    found: dict[str, dict[str, Any]] = {}
    given: dict[str, frozenset[str]] = {}
    for action, details in _events(db, tenant):
        connector_id, state = details.get("id", ""), details.get("state")
        fields = frozenset(details.get("fields") or ()) - _BESIDE
        if action in {"connector.login", "connector.refresh"}:
            if state == "begun":
                continue  # it may have come to nothing
            before = {} if state == "signed_in" else found.get(connector_id, {})
            known = {name: details[name] for name in ("method", "scopes") if details.get(name)}
            found[connector_id] = {**before, **known}
            given[connector_id] = fields or given.get(connector_id, fields)
        elif not fields.isdisjoint(given.get(connector_id, ())):
            del found[connector_id], given[connector_id]
    return found


def _events(db: Database, tenant: str) -> Iterator[tuple[str, dict[str, Any]]]:
    is_server = db.dialect == "postgresql"
    sql = _EVENTS.replace("details", "details::text", 1) if is_server else _EVENTS
    return ((action, json.loads(text)) for action, text in db.rows(sql, (tenant,)))
