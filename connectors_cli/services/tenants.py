"""Tenants: created with or in a store, shown, selected, removed, restored and deleted."""

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, KeyProblem, NoTenant, StoreError
from connectors_cli.services import configuration, workspace
from connectors_cli.services.output import Document
from connectors_cli.services.workspace import Workspace
from connectors_cli.settings import (
    Settings,
    check_tenant,
    old_choice_path,
    read_config,
    read_old_choice,
)
from connectors_cli.store.read import tenants
from connectors_cli.store.read.database import Database, open_for_reading
from connectors_cli.store.read.keys import key_states, tenant_keys
from connectors_cli.store.read.members import check_tenant_exists
from connectors_cli.store.read.rows import TEXT, only_row
from connectors_cli.vault import key_sources, keyring

_SET_DELETED = "UPDATE tenants SET deleted_at = ? WHERE id = ?"


def show_tenant(db: Database, settings: Settings, name: str | None = None) -> Document:
    """Return a tenant with its members, by default the current one; raises NoTenant."""
    wanted = settings.tenant if name is None else check_tenant(name)
    found = tenants.list_tenants(db, settings.tenant, name=wanted)
    if found.is_empty():
        raise NoTenant(wanted)
    members = tenants.list_members(db, wanted).rows
    listed = [{"principal": principal, "role": role} for principal, role, _ in members]
    return Document(wanted, {**only_row(found), "members": listed})


def use_tenant(db: Database, settings: Settings) -> Document:
    """Save the tenant as the current one; raises NoTenant."""
    check_tenant_exists(db, settings.tenant)
    path = configuration.set_value(settings.environ, "tenant", settings.tenant)
    _forget_old_choice(settings)
    notes: tuple[str, ...] = ()
    if named := settings.environ.get("CONNECTORS_TENANT"):
        notes = (f"note: CONNECTORS_TENANT={named} is set and overrides this choice",)
    values = {"tenant": settings.tenant, "kept_in": path}
    return Document(settings.tenant, values, notes)


def forget_choice(settings: Settings, name: str) -> bool:
    """Clear the saved choice if it is this tenant; return whether it was."""
    if read_config(settings.environ).get("tenant") == name:
        configuration.unset_value(settings.environ, "tenant")
        return True
    if read_old_choice(settings.home) != name:
        return False
    _forget_old_choice(settings)
    return True


def _forget_old_choice(settings: Settings) -> None:
    with suppress(FileNotFoundError):
        os.unlink(old_choice_path(settings.home))


def init(settings: Settings) -> dict[str, Any]:
    """Create the store, the tenant and its key, each only if it does not exist.

    Returns store, tenant, key_id, key_source and created.

    Raises:
        StoreError: the store cannot be created.
        KeyProblem: no key source is usable; nothing was created.
    """
    created, key_id = True, workspace.create_store(settings)
    if key_id is None:
        created, key_id = _init_tenant(settings)
    source = key_sources.source_name(settings.environ)
    return {
        "store": settings.shown_store,
        "tenant": settings.tenant,
        "key_id": key_id,
        "key_source": settings.shown_key or ("the OS keyring" if source == "keyring" else source),
        "created": created,
    }


def init_default(settings: Settings) -> dict[str, Any]:
    """Create the store with tenant `default` at its first use; return what `init` does.

    Raises:
        StoreError: another tenant was named, which is created explicitly.
        KeyProblem: no key source is usable; nothing was created.
    """
    if settings.tenant != "default":
        raise StoreError(
            f"no store exists yet, so there is no tenant {settings.tenant}{settings.tenant_origin}",
            hint=f"create both: connectors tenant create {settings.tenant}",
        )
    return init(settings)


def create_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Create a tenant with its own key and the user as owner.

    Raises:
        Conflict: the name is taken, perhaps by a tenant that the user cannot see.
        NotPermitted: the user owns no tenant of the store.
        KeyProblem: the key cannot be saved.
    """
    check_tenant(name)
    source, key_id = ws.key_source(), None
    with ws.adding_tenant(name, commit=commit) as db:
        if tenants.deleted_at(db, name) is not None:
            raise Conflict(
                f"the tenant name {name} is taken",
                hint="choose another name; your tenants: connectors tenant list (and --removed)",
            )
        if commit:
            key_id = workspace.add_tenant(db, name, ws.actor, source)
    return _created(name, key_id, source.name, commit)


def create_with_store(settings: Settings, *, commit: bool = True) -> Document:
    """Create the store with this tenant as its first; raises Conflict if both exist."""
    if not commit:
        return _created(settings.tenant, None, key_sources.source_name(settings.environ), commit)
    made = init(settings)
    if not made["created"]:
        raise Conflict(f"the tenant {settings.tenant} was created meanwhile")
    return _created(settings.tenant, made["key_id"], made["key_source"], commit)


def remove_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Remove a tenant with all its contents, so that it can be restored.

    Raises NoTenant, and NotPermitted for members who are not owners.
    """
    details: dict[str, Any] = {}
    home = ws.serving(name)
    with home.change(Action.TENANT_REMOVE, name, details, commit=commit) as db:
        if tenants.deleted_at(db, name):
            raise NoTenant(name)
        details["connectors"] = tenants.count_rows(db, "connectors", name)
        db.write(_SET_DELETED, ((db.now(), name),))
    notes = (f"to restore it with all its contents: connectors tenant restore {name}",)
    return _changed(ws, name, "removed", details, (commit, *notes))


def restore_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Restore a removed tenant; raises NoTenant for non-owners, Conflict if not removed."""
    details: dict[str, Any] = {}
    with ws.serving(name).change(Action.TENANT_RESTORE, name, details, commit=commit) as db:
        if not tenants.deleted_at(db, name):
            raise Conflict(f"the tenant {name} is not removed")
        details["connectors"] = tenants.count_rows(db, "connectors", name)
        db.write(_SET_DELETED, ((None, name),))
    return _changed(ws, name, "restored", details, (commit,))


def purge_tenant(ws: Workspace, name: str, *, commit: bool = True) -> Document:
    """Delete a tenant permanently: its rows, its log, and its keys in the OS keyring.

    The log goes too, since a new tenant with this name must not read it. The deletion and the last
    hash of the log are recorded in the log of another tenant of the user: that of this run, or the
    first one; without another tenant they are not recorded.

    Raises:
        NoTenant: no such tenant.
        NotPermitted: the user does not own it.
        Conflict: the tenant whose log records the deletion was deleted meanwhile.
    """
    details: dict[str, Any] = {"purged": True}
    other = _another_tenant(ws, name)
    home = ws.serving(name, log=other)
    with home.change(Action.TENANT_REMOVE, name, details, commit=commit) as db:
        if other and tenants.deleted_at(db, other) is None:
            raise Conflict(
                f"the tenant {other}, whose log was to record this, was deleted meanwhile",
                hint="try again",
            )
        details |= {
            "connectors": tenants.count_rows(db, "connectors", name),
            "events": tenants.count_rows(db, "events", name),
            "last_hash": tenants.last_hash(db, name),
            "keys": [key_id for key_id, *_ in tenant_keys(db, name)],
        }
        _delete_rows(db, name)
    notes: tuple[str, ...] = ()
    if commit:
        kept = ws.empty_log()
        where = (
            f"recorded in the log of {other}" if other else "not recorded: you have no other tenant"
        )
        notes = (f"the deletion is {where}", *kept, *_forget_keys(ws, details["keys"]))
    return _changed(ws, name, "purged", details, (commit, *notes))


def _init_tenant(settings: Settings) -> tuple[bool, str]:
    if key_id := _active_key(settings):
        return False, key_id
    ws = Workspace(settings)
    try:
        return True, str(create_tenant(ws, settings.tenant).values["key_id"])
    except Conflict:
        if key_id := _active_key(settings):  # created by another process meanwhile
            return False, key_id
        raise
    finally:
        ws.close()


def _active_key(settings: Settings) -> str | None:
    """Return the id of the tenant's active key; None if the user has no such tenant."""
    with closing(open_for_reading(settings.store)) as db:
        rows = key_states(db, settings.tenant)
        return next((key_id for key_id, state in rows if state == "active"), None)


def _another_tenant(ws: Workspace, name: str) -> str:
    """Return another tenant of the user, preferably that of this run; empty without one."""
    with closing(open_for_reading(ws.settings.store)) as db:
        listed = tenants.list_tenants(db, ws.tenant, (("name", TEXT),)).rows
        names = [other for (other,) in listed if other != name]
    return ws.tenant if ws.tenant in names else next(iter(names), "")


def _delete_rows(db: Database, tenant: str) -> None:
    """Delete the tenant's rows in every table."""
    from connectors_cli.store.orm.session import delete_tenant  # only to delete a tenant

    delete_tenant(db, tenant)


def _forget_keys(ws: Workspace, key_ids: Iterable[str]) -> Iterator[str]:
    """Remove a deleted tenant's keys from the OS keyring; yield a note about each."""
    store_id = ws.store.meta["store_id"]
    for key_id in key_ids:
        by_hand = f"key {key_id} is no longer needed: remove it by hand from"
        try:
            source = ws.key_source()
            if source.is_keyring:
                keyring.forget(f"{store_id}:{key_id}")
                yield f"key {key_id} was removed from the OS keyring"
            else:
                yield f"{by_hand} {source.name}"
        except KeyProblem as error:
            yield f"{by_hand} the OS keyring (connectors-cli, {store_id}:{key_id}): {error.message}"


def _created(name: str, key_id: str | None, source: str, commit: bool) -> Document:
    kept = "the OS keyring" if source == "keyring" else source
    values = {"tenant": name, "key_id": key_id, "key_source": kept, "change": "created"}
    notes = (f"use it with -t {name}, or by default: connectors tenant use {name}",)
    return Document(name, {**values, "dry_run": not commit}, notes if commit else ())


def _changed(
    ws: Workspace, name: str, change: str, details: dict[str, Any], done: tuple[Any, ...]
) -> Document:
    commit, *notes = done
    if commit and change != "restored" and forget_choice(ws.settings, name):
        notes.append("it was the current tenant; without --tenant the current one is now default")
    values = {"tenant": name, "change": change, "connectors": details["connectors"]}
    return Document(name, {**values, "dry_run": not commit}, tuple(notes) if commit else ())
