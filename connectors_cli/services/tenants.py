"""Making stores and tenants."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import sqlalchemy
from sqlmodel import Session, SQLModel, col, func, select

from connectors_cli import choices, founding, keys, os_keyring, roster
from connectors_cli.access import Action
from connectors_cli.database import open_for_reading
from connectors_cli.errors import Conflict, KeyProblem, NoTenant
from connectors_cli.key_rows import key_states
from connectors_cli.results import Document
from connectors_cli.rows import TEXT
from connectors_cli.settings import Settings, check_tenant
from connectors_cli.tables import Connector, Event, KeyRow, Tenant
from connectors_cli.workspace import Workspace


def init(settings: Settings) -> dict[str, Any]:
    """Make the store, the tenant and its key, each only where it is not there yet.

    Returns store, tenant, key_id, key_source and created. Raises StoreError, and KeyProblem when
    no source of keys is usable (then nothing is made).
    """
    created, key_id = True, founding.create_store(settings)
    if key_id is None:
        created, key_id = _init_tenant(settings)
    source = keys.source_name(settings.environ)
    return {
        "store": settings.shown_store,
        "tenant": settings.tenant,
        "key_id": key_id,
        "key_source": "the OS keyring" if source == "keyring" else source,
        "created": created,
    }


def create_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Add a tenant with a key of its own; who makes it owns it.

    Raises Conflict for a name that is taken (also by a tenant that is not there for who asks),
    NotPermitted for who owns no tenant of the store, and KeyProblem.
    """
    check_tenant(name)
    source, key_id = ws.key_source(), None
    with ws.founding(name, commit=commit) as session:
        if session.get(Tenant, name) is not None:
            raise Conflict(
                f"the tenant's name {name} is taken",
                hint="choose another; yours: connectors tenant list, also with --removed",
            )
        if commit:
            key_id = founding.add_tenant(session, name, ws.actor, source)
    return _created(name, key_id, source.name, commit)


def create_with_store(settings: Settings, *, commit: bool = True) -> Document:
    """Make the store with this tenant as its first; Conflict when both are there."""
    if not commit:
        return _created(settings.tenant, None, keys.source_name(settings.environ), commit)
    made = init(settings)
    if not made["created"]:
        raise Conflict(f"the tenant {settings.tenant} was made meanwhile")
    return _created(settings.tenant, made["key_id"], made["key_source"], commit)


def remove_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Remove a tenant so that it can be restored: until then nothing of it is there.

    Raises NoTenant, and NotPermitted for who does not own it.
    """
    details: dict[str, Any] = {}
    home = ws.serving(name)
    with home.change(Action.TENANT_REMOVE, name, details, commit=commit) as session:
        row = session.get_one(Tenant, name)
        if row.deleted_at is not None:
            raise NoTenant(name)
        details["connectors"] = _count(session, Connector, name)
        row.deleted_at = datetime.now(UTC)
    notes = (f"it comes back with all it had: connectors tenant restore {name}",)
    return _changed(ws, name, "removed", details, (commit, *notes))


def restore_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Bring a removed tenant back; NoTenant for who does not own it, Conflict if it is there."""
    details: dict[str, Any] = {}
    with ws.serving(name).change(Action.TENANT_RESTORE, name, details, commit=commit) as session:
        row = session.get_one(Tenant, name)
        if row.deleted_at is None:
            raise Conflict(f"the tenant {name} is not removed")
        details["connectors"] = _count(session, Connector, name)
        row.deleted_at = None
    return _changed(ws, name, "restored", details, (commit,))


def purge_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Erase a tenant, removed or not: its rows, its log, and its keys in the OS keyring.

    A new tenant may take the name, and is not to read the old one's log. That it was erased, and
    the hash its log ended with, is recorded in the log of another tenant of who does it: the one
    this run serves, else the first; who has no other keeps none. Raises NoTenant, NotPermitted, and
    Conflict when that other one was erased meanwhile.
    """
    details: dict[str, Any] = {"purged": True}
    other = _another_tenant(ws, name)
    home = ws.serving(name, log=other)
    with home.change(Action.TENANT_REMOVE, name, details, commit=commit) as session:
        if other and session.get(Tenant, other) is None:
            raise Conflict(
                f"the tenant {other}, in whose log this was to be kept, was erased meanwhile",
                hint="try again",
            )
        details |= {
            "connectors": _count(session, Connector, name),
            "events": _count(session, Event, name),
            "last_hash": _last_hash(session, name),
            "keys": list(session.exec(select(KeyRow.id).where(KeyRow.tenant_id == name))),
        }
        _erase(session, name)
    notes: tuple[str, ...] = ()
    if commit:
        ws.store.checkpoint()
        where = (
            f"recorded in the log of {other}" if other else "recorded nowhere: no other is yours"
        )
        notes = (f"that it was erased is {where}", *_forget_keys(ws, details["keys"]))
    return _changed(ws, name, "purged", details, (commit, *notes))


def _init_tenant(settings: Settings) -> tuple[bool, str]:
    if key_id := _active_key(settings):
        return False, key_id
    ws = Workspace(settings)
    try:
        return True, str(create_tenant(ws, settings.tenant).values["key_id"])
    except Conflict:
        if key_id := _active_key(settings):  # made by another process meanwhile
            return False, key_id
        raise
    finally:
        ws.close()


def _active_key(settings: Settings) -> str | None:
    """Return the id of the tenant's key; None where there is no tenant for who acts."""
    with closing(open_for_reading(settings.store)) as db:
        rows = key_states(db, settings.tenant)
        return next((key_id for key_id, state in rows if state == "active"), None)


def _count(session: Session, table: type[Connector | Event], tenant: str) -> int:
    return session.exec(select(func.count()).where(table.tenant_id == tenant)).one()


def _last_hash(session: Session, tenant: str) -> str | None:
    of_tenant = select(Event.hash).where(Event.tenant_id == tenant)
    return session.exec(of_tenant.order_by(col(Event.id).desc())).first()


def _another_tenant(ws: Workspace, name: str) -> str:
    """Return a tenant of who acts beside this one, the run's own before others; else nothing."""
    with closing(open_for_reading(ws.settings.store)) as db:
        listed = roster.list_tenants(db, ws.tenant, (("name", TEXT),)).rows
        names = [other for (other,) in listed if other != name]
    return ws.tenant if ws.tenant in names else next(iter(names), "")


def _erase(session: Session, tenant: str) -> None:
    """Delete the tenant's rows in every table, those first that lean on others."""
    tables = SQLModel.metadata.tables
    hooks = sqlalchemy.select(tables["webhooks"].c.id).where(
        tables["webhooks"].c.tenant_id == tenant
    )
    deliveries = tables["deliveries"]
    connection = session.connection()
    connection.execute(deliveries.delete().where(deliveries.c.webhook_id.in_(hooks)))
    for table in reversed(SQLModel.metadata.sorted_tables):
        if "tenant_id" in table.c:
            connection.execute(table.delete().where(table.c.tenant_id == tenant))
    session.delete(session.get_one(Tenant, tenant))


def _forget_keys(ws: Workspace, key_ids: Iterable[str]) -> Iterator[str]:
    """Forget an erased tenant's keys in the OS keyring; yield what became of each."""
    store_id = ws.store.meta["store_id"]
    for key_id in key_ids:
        by_hand = f"key {key_id} is not needed any more: remove it by hand from"
        try:
            source = ws.key_source()
            if source.is_keyring:
                os_keyring.forget(f"{store_id}:{key_id}")
                yield f"key {key_id} was removed from the OS keyring"
            else:
                yield f"{by_hand} where {source.name} has it"
        except KeyProblem as error:
            yield f"{by_hand} the OS keyring (connectors-cli, {store_id}:{key_id}): {error.message}"


def _created(name: str, key_id: str | None, source: str, commit: bool) -> Document:
    kept = "the OS keyring" if source == "keyring" else source
    values = {"tenant": name, "key_id": key_id, "key_source": kept, "change": "created"}
    notes = (f"work in it with -t {name}, or from now on: connectors tenant use {name}",)
    return Document(name, {**values, "dry_run": not commit}, notes if commit else ())


def _changed(
    ws: Workspace, name: str, change: str, details: dict[str, Any], done: tuple[Any, ...]
) -> Document:
    commit, *notes = done
    if commit and change != "restored" and choices.forget_choice(ws.settings, name):
        notes.append("it was the tenant in use: without --tenant that is `default` again")
    values = {"tenant": name, "change": change, "connectors": details["connectors"]}
    return Document(name, {**values, "dry_run": not commit}, tuple(notes) if commit else ())
