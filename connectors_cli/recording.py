"""The gate of writes that need no ORM: one transaction in plain SQL, its permission and events."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from connectors_cli import connections, database, journal
from connectors_cli.access import ON_REMOVED, OWNERS, Action, Role, require
from connectors_cli.database import Database
from connectors_cli.errors import NoTenant, NotPermitted
from connectors_cli.journal import Actor
from connectors_cli.membership import standing
from connectors_cli.settings import Settings

if TYPE_CHECKING:
    from connectors_cli.vault import Key

Event = tuple[str, Mapping[str, Any]]
"""A subject, and details that hold no values."""


@contextmanager
def change(
    settings: Settings,
    actor: Actor,
    action: Action,
    events: Iterable[Event],
    keys: "Iterable[Key]" = (),
) -> Iterator[Database]:
    """Check the permission, yield a store with the write lock, record the events, commit.

    With the tenant's key among `keys`, those at hand, the events are sealed. Raises NotPermitted,
    which is recorded in a transaction of its own, NoTenant and StoreError: then nothing that the
    events tell of may happen.
    """
    rest = iter(events)
    first = tuple(islice(rest, 1))
    try:
        with _transaction(settings.store) as db:
            permit(db, settings.tenant, action, hold=True)
            yield db
            journal.append(
                db, actor, settings.tenant, _full(action, chain(first, rest), "ok"), keys
            )
    except NotPermitted as error:
        record(settings, actor, action, first, error.code, keys)
        raise


def permit(db: Database, tenant: str, action: Action, *, hold: bool = False, log: str = "") -> None:
    """Raise NotPermitted unless who acts may do this in the tenant; NoTenant where it is not.

    It is not there for who is no member; a removed one is there for its owner alone, to be restored
    or erased. With `hold` tenant and member stay locked until the end, so that nobody is demoted
    between this and the write; what changes members, keys and tenants is alone, and waits for that
    before it looks at a role. So does the tenant whose `log` tells of it, where that is another.
    """
    if hold and action in OWNERS and db.dialect == "postgresql":
        # All lock in one order: two that erase each other's log would else wait for each other.
        sql = "SELECT id FROM tenants WHERE id IN (?, ?) ORDER BY id FOR UPDATE"
        list(db.rows(sql, (tenant, log or tenant)))
    role, is_removed = standing(db, tenant, db.principal, hold=hold)
    if role is None or (is_removed and (role != Role.OWNER or action not in ON_REMOVED)):
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
    settings: Settings,
    actor: Actor,
    action: Action,
    events: Iterable[Event],
    outcome: str = "ok",
    keys: "Iterable[Key]" = (),
) -> None:
    """Append events, whose permission was checked before, in a transaction of their own.

    Raises StoreError when they cannot be written: then what they tell of must not happen.
    """
    with _transaction(settings.store) as db:
        journal.append(db, actor, settings.tenant, _full(action, events, outcome), keys)


@contextmanager
def _transaction(url: str) -> Iterator[Database]:
    db = database.open_for_appending(url)
    try:
        if db.dialect == "sqlite":
            db.connection.execute("BEGIN IMMEDIATE")
        yield db
        db.connection.commit()
    except connections.driver_errors(db.dialect) as error:
        raise connections.fault(error, db.place) from None
    finally:
        db.close()


def _full(action: Action, events: Iterable[Event], outcome: str) -> Iterator[journal.Event]:
    return ((action, subject, outcome, json.dumps(details)) for subject, details in events)
