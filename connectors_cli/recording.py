"""The gate of writes that need no ORM: one transaction in plain SQL, its permission and events."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connectors_cli import database, journal, reader
from connectors_cli.access import Action, require
from connectors_cli.database import Database, driver_errors, explain
from connectors_cli.errors import NoTenant, NotPermitted
from connectors_cli.journal import Actor
from connectors_cli.settings import Settings

Event = tuple[str, Mapping[str, Any]]
"""A subject, and details that hold no values."""


@contextmanager
def change(
    settings: Settings, actor: Actor, action: Action, events: Sequence[Event]
) -> Iterator[Database]:
    """Check the permission, yield a store with the write lock, record the events, commit.

    Raises NotPermitted, which is recorded in a transaction of its own, NoTenant and StoreError.
    """
    try:
        with _transaction(settings.store) as db:
            permit(db, settings.tenant, action, hold=True)
            yield db
            _append(db, actor, settings.tenant, action, events, "ok")
    except NotPermitted as error:
        record(settings, actor, action, [(events[0][0], {})], error.code)
        raise


def permit(db: Database, tenant: str, action: Action, *, hold: bool = False) -> None:
    """Raise NotPermitted unless who acts may do this in the tenant; NoTenant where it is not.

    With `hold` nobody is demoted, and no tenant removed, before the transaction ends.
    """
    role = reader.role_of(db, tenant, db.principal, hold=hold)
    if role is None:
        raise NoTenant(tenant)
    require(role, action, db.principal)


def allow(settings: Settings, actor: Actor, action: Action, subject: str) -> None:
    """Raise NotPermitted, which is recorded, before anything is opened that the action needs."""
    try:
        with _transaction(settings.store) as db:
            permit(db, settings.tenant, action)
    except NotPermitted as error:
        record(settings, actor, action, [(subject, {})], error.code)
        raise


def record(
    settings: Settings, actor: Actor, action: Action, events: Iterable[Event], outcome: str = "ok"
) -> None:
    """Append events, whose permission was checked before; StoreError."""
    with _transaction(settings.store) as db:
        _append(db, actor, settings.tenant, action, events, outcome)


def write(db: Database, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement, with `?` for parameters, for each row; inside `change`."""
    if db.dialect == "sqlite":
        db.connection.executemany(sql, rows)
    else:
        with db.connection.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s"), rows)


@contextmanager
def _transaction(url: str) -> Iterator[Database]:
    db = database.open_for_appending(url)
    try:
        if db.dialect == "sqlite":
            db.connection.execute("BEGIN IMMEDIATE")
        yield db
        db.connection.commit()
    except driver_errors(db.dialect) as error:
        raise explain(error, db.place) from None
    finally:
        db.close()


def _append(
    db: Database, actor: Actor, tenant: str, action: Action, events: Iterable[Event], outcome: str
) -> None:
    rows = [
        journal.row(actor, tenant, action, subject, outcome, json.dumps(details))
        for subject, details in events
    ]
    write(db, journal.INSERT, rows)
