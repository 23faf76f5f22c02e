"""The current user, role, tenant and store: `whoami`."""

from __future__ import annotations

from connectors_cli.audit.log import find_actor
from connectors_cli.services.output import Document
from connectors_cli.store.read import database
from connectors_cli.store.read.members import role_of

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from connectors_cli.cli.context import CommandContext


def whoami(context: CommandContext) -> Document:
    """Return who acts, in which tenant of which store."""
    db = context.reader()
    principal = db.principal if db else database.principal_at(context.settings.store)
    actor = find_actor(context.settings, principal)
    tenant = context.settings.tenant
    return Document(
        "who acts",
        {
            "principal": actor.principal,
            "email": actor.email,
            "name": actor.name,
            "tenant": tenant,
            "role": role_of(db, tenant, actor.principal) if db else None,
            "store": context.settings.shown_store,
            "store_exists": db is not None,
            "tenant_from": context.settings.tenant_from,
        },
    )
