"""The gate for writes without the ORM: permission, change and events in one transaction."""

from __future__ import annotations

import json
from contextlib import contextmanager
from itertools import chain, islice

from connectors_cli.audit import log as audit_log
from connectors_cli.audit.roles import ON_REMOVED, ONE_AT_A_TIME, OWNERS, Action, Role, require
from connectors_cli.errors import ConnectorsError, NoTenant, NotPermitted
from connectors_cli.store.read.members import membership
from connectors_cli.store.write.transaction import transaction

TYPE_CHECKING = False  # see store/read/database.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any

    from connectors_cli.audit.log import Actor
    from connectors_cli.settings import Settings
    from connectors_cli.store.read.database import Database
    from connectors_cli.vault.seal import Key

    Event = tuple[str, Mapping[str, Any]]
    """A subject and its details, which never contain values."""


@contextmanager
def change(
    settings: Settings,
    actor: Actor,
    action: Action,
    events: Iterable[Event],
    keys: Iterable[Key] = (),
) -> Iterator[Database]:
    """Check the permission, yield a locked store, then record the events and commit.

    The events are sealed if the tenant's active key is among `keys`. If this raises, nothing was
    written, and the caller must not do what the events describe.

    Raises:
        NotPermitted: the role does not allow the action; the refusal is recorded.
        NoTenant: the actor is not a member of the tenant.
        StoreError: the events cannot be written.
    """
    rest = iter(events)
    first = tuple(islice(rest, 1))
    refused = failures_recorded(settings, actor, action, first, (NotPermitted,), keys)
    with refused, transaction(settings.store) as db:
        permit(db, settings.tenant, action, hold=True)
        yield db
        full = _full(action, chain(first, rest), "ok")
        audit_log.append(db, actor, settings.tenant, full, keys)


@contextmanager
def failures_recorded(
    settings: Settings,
    actor: Actor,
    action: Action,
    events: Iterable[Event],
    failures: tuple[type[ConnectorsError], ...] = (ConnectorsError,),
    keys: Iterable[Key] = (),
) -> Iterator[None]:
    """Record these `failures` of the block with their error codes, then raise them again.

    Each event gets its own entry. The entries have their own transaction, because the one that
    failed is rolled back.
    """
    try:
        yield
    except failures as error:
        record(settings, actor, action, events, error.code, keys)
        raise


def permit(db: Database, tenant: str, action: Action, *, hold: bool = False, log: str = "") -> None:
    """Check that the current user is allowed to do an action in a tenant.

    With `hold` the tenant and the membership stay locked until the transaction ends, so that nobody
    is demoted between the check and the write. Owners' actions lock the tenant exclusively before
    they look at a role, and also the tenant whose `log` records the action.

    Raises:
        NotPermitted: the role does not allow the action.
        NoTenant: the user is not a member, or the tenant was removed. Only its owner sees a removed
            tenant, to restore or erase it.
    """
    if hold and action in OWNERS and db.dialect == "postgresql":
        # Always in the same order, so that two processes cannot deadlock on each other's tenant.
        sql = "SELECT id FROM tenants WHERE id IN (?, ?) ORDER BY id FOR UPDATE"
        list(db.rows(sql, (tenant, log or tenant)))
    alone = action in ONE_AT_A_TIME
    role, is_removed = membership(db, tenant, db.principal, hold=hold, alone=alone)
    if role is None or (is_removed and (role != Role.OWNER or action not in ON_REMOVED)):
        raise NoTenant(tenant)
    require(role, action, db.principal)


def allow(settings: Settings, actor: Actor, action: Action, subject: str) -> None:
    """Check a permission before anything that the action needs is opened; record a refusal.

    Raises:
        NotPermitted: the role does not allow the action.
        NoTenant: the user is not a member of the tenant.
    """
    event: Event = (subject, {})
    refused = failures_recorded(settings, actor, action, (event,), (NotPermitted,))
    with refused, transaction(settings.store, commit=False) as db:
        permit(db, settings.tenant, action)


def record(
    settings: Settings,
    actor: Actor,
    action: Action,
    events: Iterable[Event],
    outcome: str = "ok",
    keys: Iterable[Key] = (),
) -> None:
    """Append events in their own transaction; the caller has checked the permission.

    Raises:
        StoreError: the events cannot be written; the caller must not do what they describe.
    """
    with transaction(settings.store) as db:
        audit_log.append(db, actor, settings.tenant, _full(action, events, outcome), keys)


def _full(action: Action, events: Iterable[Event], outcome: str) -> Iterator[audit_log.Event]:
    return ((action, subject, outcome, json.dumps(details)) for subject, details in events)
