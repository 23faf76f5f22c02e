"""What a store and a tenant begin with: the catalog, a key of its own, an owner."""

from datetime import UTC, datetime

from sqlmodel import Session, select

from connectors_cli import catalog_rows, creation, journal
from connectors_cli.access import Action, Role
from connectors_cli.database import principal_at
from connectors_cli.keys import KeySource, find_source
from connectors_cli.settings import Settings
from connectors_cli.store import driver
from connectors_cli.tables import KeyRow, Member, Tenant


def create_store(settings: Settings) -> str | None:
    """Make the store with its catalog, and the tenant with its key; return the key's id.

    None where there is a store. The key is in its source, read back, before anything that names it
    is committed. Raises KeyProblem when there is no usable source (then nothing is made) and
    StoreError.
    """
    actor = journal.find_actor(settings, principal_at(settings.store))
    store_id = creation.new_store_id()
    made: list[str] = []

    def write(session: Session) -> None:
        catalog_rows.write_catalog(session)
        source = find_source(settings.environ, store_id)
        made.append(add_tenant(session, settings.tenant, actor, source))
        session.flush()
        founded = (Action.TENANT_CREATE, settings.tenant, "ok", "{}")
        journal.append(driver(session), actor, settings.tenant, [founded], source.at_hand())

    created = creation.create(settings.store, creation.Fill(store_id, write))
    return made[0] if created else None


def add_tenant(session: Session, tenant: str, actor: journal.Actor, source: KeySource) -> str:
    """Add a tenant with a key of its own and the actor as owner; return the key's id."""
    used = frozenset(session.exec(select(KeyRow.id)).all())
    key = source.make(used)
    source.remember(key)
    moment = datetime.now(UTC)
    session.add(
        Tenant(
            id=tenant,
            name=tenant,
            created_by_email=actor.email,
            created_at=moment,
        )
    )
    session.flush()
    journal.start(driver(session), tenant, key)
    session.add(KeyRow(id=key.id, tenant_id=tenant, state="active", created_at=moment))
    session.add(
        Member(
            tenant_id=tenant,
            principal=actor.principal,
            role=Role.OWNER,
            created_at=moment,
        )
    )
    return key.id
