"""SQLModel sessions on the connection of a transaction, for what reads better with objects."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel

from connectors_cli.store.orm.engine import engine_on
from connectors_cli.store.orm.tables import Tenant
from connectors_cli.store.read import connections
from connectors_cli.store.read.database import Database


@contextmanager
def session_on(db: Database) -> Iterator[Session]:
    """Yield a session in the transaction of `db`, which ends it; write its changes at the end.

    Raises StoreError.
    """
    db.one("SELECT 1")  # begins the transaction on a server, unless something else has
    db.lock()
    try:
        with Session(engine_on(db), expire_on_commit=False) as session:
            yield session
            session.flush()
            db.forget()
    except DBAPIError as error:
        raise connections.store_error(error.orig or error, db.place) from None


def delete_tenant(db: Database, tenant: str) -> None:
    """Delete a tenant's rows in every table, referring rows first; raises StoreError."""
    tables = SQLModel.metadata.tables
    hooks, deliveries = tables["webhooks"].c, tables["deliveries"]
    with session_on(db) as session:
        connection = session.connection()
        own = select(hooks.id).where(hooks.tenant_id == tenant)
        connection.execute(deliveries.delete().where(deliveries.c.webhook_id.in_(own)))
        for table in reversed(SQLModel.metadata.sorted_tables):
            if "tenant_id" in table.c:
                connection.execute(table.delete().where(table.c.tenant_id == tenant))
        session.delete(session.get_one(Tenant, tenant))
