"""A tenant's keys: rotation and removal of old keys."""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from typing import Any

from connectors_cli.audit.roles import Action
from connectors_cli.errors import Conflict, ConnectorsError, KeyProblem
from connectors_cli.services.endorsement import TenantKeys
from connectors_cli.services.keys import rotation
from connectors_cli.services.keys.reseal import Resealer, shown_name
from connectors_cli.services.workspace import Workspace, active_key_id
from connectors_cli.store.read.database import open_for_reading
from connectors_cli.store.read.keys import (
    all_keys,
    keys_ever_used,
    needed_keys,
    sealed_by_key,
    tenant_keys,
)
from connectors_cli.store.read.rows import TEXT
from connectors_cli.store.read.tenants import list_tenants
from connectors_cli.store.write import statements
from connectors_cli.store.write.rows import execute
from connectors_cli.vault import key_sources

Row = dict[str, Any]


def rotate(ws: Workspace, *, skip_damaged: bool = False) -> tuple[Row, list[str]]:
    """Rotate the tenant's key; return the result and notes for the user.

    Raises:
        ConnectorsError: see `rotation.rotate`.
    """
    done = rotation.rotate(ws, "skip" if skip_damaged else "refuse")
    result: Row = {
        "tenant": ws.tenant,
        "from": done.before,
        "to": done.after,
        "connectors": done.done.connectors,
        "values": done.done.values,
        "left": done.done.names,
    }
    notes = [f"the old key {done.before} is kept until `connectors key prune`"]
    if done.done.damaged:
        notes = [f"{done.done.damaged} stay under the old key, which is kept for them"]
    if not done.log_is_empty:
        notes.append(
            "old values stay in the store's write-ahead log until a process that is reading ends"
        )
    return result, notes


def preview(ws: Workspace, taken: set[str]) -> tuple[Row, list[str]]:
    """Return what a rotation would do and what would stop it; create no key.

    `taken` contains the keys that earlier rotations of other tenants would use; the key of this one
    is added.

    Raises:
        KeyProblem: the source has no unused key.
    """
    with ws.permitted(Action.KEY_ROTATE, ws.tenant) as db:
        before = active_key_id(db, ws.tenant)
        own = {key_id for key_id, *of in all_keys(db) if of == [ws.tenant, "pending"]}
        used = keys_ever_used(db) - own
    free = rotation.check_new_key(ws.key_source(), frozenset(used | taken))
    taken |= {free.id} if free else set()
    with closing(open_for_reading(ws.settings.store)) as db:
        total = sum(sealed_by_key(db, ws.tenant)["connectors"].values())
        left = [shown_name(row) for row, _ in Resealer(ws, db).damaged()]
    row = {"tenant": ws.tenant, "from": before, "to": None, "connectors": total - len(left)}
    row["values"] = None
    notes = (
        ["connectors that do not open stop the rotation, unless --skip-damaged is given"]
        if left
        else []
    )
    return {**row, "left": left}, ["nothing was done", *notes]


def prune(ws: Workspace, *, commit: bool = True) -> tuple[Row, list[str]]:
    """Retire the tenant's old keys; return their ids and notes for the user.

    Raises:
        Conflict: a row still needs one of them; the others are retired.
        KeyProblem: the keyring did not delete an entry; run it again.
    """
    details: Row = {}
    with ws.change(Action.KEY_PRUNE, ws.tenant, details, commit=commit) as db:
        needed = needed_keys(db, ws.tenant)
        rows = tenant_keys(db, ws.tenant)
        old = [key_id for key_id, state, _ in rows if state == "retiring"]
        free = [key_id for key_id in old if key_id not in needed]
        retired = [key_id for key_id, state, _ in rows if state == "retired"]
        gone = ({"tenant_id": ws.tenant, "id": key_id, "state": "retired"} for key_id in free)
        execute(db, statements.SET_KEY_STATE, *gone)
        details |= {"keys": free}
    source = ws.key_source()
    if source.is_keyring and commit:
        _forget(source, [*free, *retired])
    kept = {key_id: needed[key_id] for key_id in old if key_id in needed}
    if kept:
        raise _still_needed(kept, free)
    notes = _after_pruning(source, free) if commit else ["nothing was done"]
    return {"tenant": ws.tenant, "forgotten": free}, notes


def accept(ws: Workspace, *, commit: bool = True) -> tuple[Row, list[str]]:
    """Let the tenant's available keys endorse the next one, up to the active one.

    For an owner whose key was lost and replaced, once the old key is available again.

    Raises:
        KeyMissing: the active key is not available.
        Tampered: an available key sealed the log, but the store does not name it.
    """
    details: Row = {}
    with ws.change(Action.KEY_ACCEPT, ws.tenant, details, commit=commit, needs_key=True) as db:
        keys = TenantKeys(db, ws.tenant)
        details["keys"] = keys.accept(ws.key_source())
    row = {"tenant": ws.tenant, "active": keys.active, "accepted": details["keys"]}
    return row, [] if commit else ["nothing was done"]


def each_tenant(
    ws: Workspace, act: Callable[[Workspace], tuple[Row, list[str]]]
) -> tuple[list[Row | ConnectorsError], list[str]]:
    """Run `act` for every tenant of the user; return results or errors, and notes."""
    results: list[Row | ConnectorsError] = []
    notes: list[str] = []
    for space in own_spaces(ws):
        try:
            result, more = act(space)
        except ConnectorsError as error:
            error.message = f"{space.tenant}: {error.message}"
            results.append(error)
        else:
            results.append(result)
            notes += [f"{space.tenant}: {note}" for note in more]
    return results, notes


def own_spaces(ws: Workspace) -> list[Workspace]:
    """Return a workspace for each tenant of the user, all with one key source."""
    with suppress(KeyProblem):  # reported when a key is needed
        ws.key_source()
    with ws.store.transaction() as db:
        listed = list_tenants(db, ws.tenant, (("name", TEXT),))
        return [ws.serving(tenant) for (tenant,) in listed.rows]


def _forget(source: key_sources.KeySource, key_ids: Sequence[str]) -> None:
    """Delete keyring entries, including those of an earlier prune that was interrupted."""
    from connectors_cli.vault import keyring

    for key_id in key_ids:
        keyring.forget(f"{source.store_id}:{key_id}")


def _still_needed(kept: dict[str, int], free: Sequence[str]) -> Conflict:
    parts = [
        f"key {key_id} is still needed by {count} {'row' if count == 1 else 'rows'}"
        for key_id, count in kept.items()
    ]
    gone = f"; forgotten: {', '.join(free)}" if free else ""
    return Conflict(
        f"{', '.join(parts)} and was kept{gone}",
        hint="to reseal what opens: connectors key rotate; to clear what does not: connectors"
        " credentials reset --all; to accept a change made outside: connectors credentials accept"
        " NAME",
    )


def _after_pruning(source: key_sources.KeySource, free: Sequence[str]) -> list[str]:
    if not free:
        return ["there is no old key to forget"]
    notes = [
        "backups from before the rotation still need it: keep an exported copy as long as those"
    ]
    if not source.is_keyring:
        listed = {key.id: place for place, key in enumerate(source.keys, 1)}
        notes += [
            f"now remove key {key_id} (number {listed[key_id]}) from {source.shown}"
            for key_id in free
            if key_id in listed
        ]
    return notes
